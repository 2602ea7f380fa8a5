FROM node:24-slim AS build
WORKDIR /src
COPY package.json package-lock.json ./
COPY packages/operator/package.json packages/operator/
RUN npm ci --ignore-scripts
COPY tsconfig.json tsconfig.base.json ./
COPY scripts/build.mjs scripts/
COPY packages/operator/src packages/operator/src
COPY src src
RUN node scripts/build.mjs

FROM node:24-slim
ENV NODE_ENV=production
COPY --from=build /src/dist /app
USER 65532:65532
# Small spaces: the garbage collector runs more often, and the resident memory stays low (docs/design.md).
ENTRYPOINT ["node", "--max-old-space-size=320", "--max-semi-space-size=8", "/app/kubexray-operator.mjs"]
