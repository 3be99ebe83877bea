# syntax=docker/dockerfile:1
# ComfyUI with the gateway in front of it: the two other images in one.
#
#   docker build --file docker/api.dockerfile \
#     --build-arg gateway_image=comfyui-gateway:api0.1.0 \
#     --build-arg comfyui_image=comfyui-gateway:comfy0.3.64-torch2.8.0-cuda12.8-runtime \
#     --tag comfyui-gateway:comfy0.3.64-api0.1.0-torch2.8.0-cuda12.8-runtime .

# Without defaults: which two belong together is for docker/build-images and docker-compose.yml to say.
ARG gateway_image
ARG comfyui_image

FROM ${gateway_image} AS gateway-files

FROM ${comfyui_image}
USER root
# Node's own build runs on every glibc since 2.28, and is the one that the gateway was built with.
COPY --from=gateway-files /usr/local/bin/node /usr/local/bin/comfyui-gateway /usr/local/bin/
COPY --from=gateway-files /gateway /gateway
# Dockerfiles for comfyui-api say CMD ["./comfyui-api"], in ComfyUI's folder.
RUN ln -s comfyui-gateway /usr/local/bin/comfyui-api \
  && ln -s /gateway/generate-workflow /usr/local/bin/generate-workflow \
  && ln -s /usr/local/bin/comfyui-gateway /opt/ComfyUI/comfyui-api \
  && install -d -o comfy -g comfy -m 0700 /var/lib/comfyui-gateway \
  && install -d -o comfy -g comfy /workflows \
  && node --version
USER comfy
# No shell runs CMD: it is split into words as a shell would, quotes respected, and nothing is expanded.
# ComfyUI listens on the loopback only; the gateway is the way in. It may take ten minutes to answer, for
# cold disks and many custom nodes; if it dies, that is noticed at once.
ENV CMD="python main.py --listen 127.0.0.1 --port 8188 --disable-auto-launch" \
  STARTUP_CHECK_MAX_TRIES=600 \
  WORKFLOW_DIR=/workflows \
  STATE_DIR=/var/lib/comfyui-gateway \
  NODE_ENV=production
ARG api_version=unknown
ARG revision=unknown
LABEL org.opencontainers.image.title="ComfyUI Gateway with ComfyUI" \
  org.opencontainers.image.description="The production API for ComfyUI, with ComfyUI" \
  org.opencontainers.image.licenses="MIT AND GPL-3.0" \
  org.opencontainers.image.version="${api_version}" \
  org.opencontainers.image.revision="${revision}"
EXPOSE 3000
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s CMD ["node", "/gateway/is-live.cjs"]
# The entry point stays tini's.
CMD ["comfyui-gateway"]
