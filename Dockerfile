# syntax=docker/dockerfile:1
# The gateway alone, without ComfyUI: to attach to one with CMD="", or to copy /gateway from.
#
#   docker build --build-arg api_version=0.1.0 --tag comfyui-gateway:api0.1.0 .

ARG node_version=24
ARG debian_release=bookworm

FROM node:${node_version}-${debian_release}-slim AS sources
WORKDIR /gateway
COPY package.json package-lock.json .npmrc ./

# None of them needs its install scripts.
FROM sources AS dependencies
RUN --mount=type=cache,target=/root/.npm npm ci --omit=dev --ignore-scripts --no-audit

FROM sources AS build
RUN --mount=type=cache,target=/root/.npm npm ci --ignore-scripts --no-audit
COPY nest-cli.json tsconfig.json tsconfig.build.json ./
COPY apps apps
COPY libs libs
RUN npm run build

FROM node:${node_version}-${debian_release}-slim
RUN apt-get update \
  && apt-get install -y --no-install-recommends tini \
  && rm -rf /var/lib/apt/lists/* \
  && install -d -o node -g node -m 0700 /var/lib/comfyui-gateway
WORKDIR /gateway
COPY --from=dependencies /gateway/node_modules node_modules
COPY --from=build /gateway/dist dist
COPY package.json LICENSE THIRD-PARTY-NOTICES docker/is-live.cjs claude-endpoint-creation-prompt.md ./
COPY apps/run.cjs apps/
COPY --chmod=0755 generate-workflow ./
COPY --chmod=0755 docker/comfyui-gateway /usr/local/bin/
RUN ln -s /gateway/generate-workflow /usr/local/bin/generate-workflow
ENV NODE_ENV=production STATE_DIR=/var/lib/comfyui-gateway
# Last, because they change most often.
ARG api_version=unknown
ARG revision=unknown
LABEL org.opencontainers.image.title="ComfyUI Gateway" \
  org.opencontainers.image.description="The production API for ComfyUI, without ComfyUI" \
  org.opencontainers.image.licenses="MIT" \
  org.opencontainers.image.version="${api_version}" \
  org.opencontainers.image.revision="${revision}"
USER node
EXPOSE 3000
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s CMD ["node", "/gateway/is-live.cjs"]
ENTRYPOINT ["tini", "--"]
CMD ["comfyui-gateway"]
