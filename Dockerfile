FROM node:24-slim AS build
WORKDIR /src
COPY package.json package-lock.json ./
COPY packages/operator/package.json packages/operator/
RUN npm ci --ignore-scripts
COPY tsconfig.base.json tsconfig.build.json ./
COPY packages packages
COPY src src
RUN npm run build && npm prune --omit=dev --ignore-scripts

FROM node:24-slim
WORKDIR /app
ENV NODE_ENV=production
COPY --from=build /src/package.json ./
COPY --from=build /src/node_modules node_modules
COPY --from=build /src/packages/operator packages/operator
COPY --from=build /src/dist dist
USER 65532:65532
ENTRYPOINT ["node", "dist/main.js"]
