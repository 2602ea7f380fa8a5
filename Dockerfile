# The bundle and Node, on a base without shell or package manager. Other bases, say from a mirror: --build-arg.
# Pin both by digest where builds have to be repeatable (docs/operations.md).
ARG BUILD_BASE=docker.io/library/node:24.21.0-bookworm-slim
ARG NODE_BASE=${BUILD_BASE}
ARG RUN_BASE=gcr.io/distroless/cc-debian12:nonroot

# What is built here is JavaScript, the same for every platform.
FROM --platform=$BUILDPLATFORM ${BUILD_BASE} AS build
WORKDIR /src
COPY package.json package-lock.json ./
COPY packages/operator/package.json packages/operator/
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.json tsconfig.base.json ./
COPY scripts/*.mjs scripts/
COPY packages/operator/src packages/operator/src
COPY src src
RUN node scripts/build.mjs

# The Node of the platform that the image is for. Unless told, Buildah 1.28 goes on with that of the stage above.
FROM --platform=$TARGETPLATFORM ${NODE_BASE} AS node

FROM --platform=$TARGETPLATFORM ${RUN_BASE}
ARG VERSION=0.0.0
ARG REVISION=unknown
ARG SOURCE=unknown
LABEL org.opencontainers.image.title="kubexray-operator" \
      org.opencontainers.image.description="Keeps container images with security issues, forbidden licenses, or no scan at all from running, with JFrog Xray as the source of truth" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.source="${SOURCE}"
COPY --from=node /usr/local/bin/node /usr/local/bin/node
COPY LICENSE /licenses/LICENSE
COPY --from=node /usr/local/LICENSE /licenses/node.LICENSE
COPY --from=build /src/dist /app
# Small spaces and few arenas: the garbage collector runs more often, and the resident memory stays low (docs/design.md).
ENV NODE_ENV=production \
    MALLOC_ARENA_MAX=2 \
    NODE_OPTIONS="--max-old-space-size=256 --max-semi-space-size=8"
USER 65532:65532
ENTRYPOINT ["/usr/local/bin/node", "/app/kubexray-operator.cjs"]
