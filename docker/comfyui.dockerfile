# syntax=docker/dockerfile:1
# ComfyUI alone, on PyTorch's own image.
#
#   docker build --file docker/comfyui.dockerfile \
#     --tag comfyui-gateway:comfy0.3.64-torch2.8.0-cuda12.8-runtime .

ARG pytorch_version=2.8.0
ARG cuda_version=12.8
# `devel` has the CUDA compiler, which some custom nodes need; it is much larger.
ARG base=runtime

FROM pytorch/pytorch:${pytorch_version}-cuda${cuda_version}-cudnn9-${base}

# `userdel`: newer bases have a user of their own at 1000.
RUN apt-get update \
  && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
    ca-certificates curl git tini unzip wget \
  && rm -rf /var/lib/apt/lists/* \
  && if id ubuntu > /dev/null 2>&1; then userdel --remove ubuntu; fi \
  && groupadd --gid 1000 comfy \
  && useradd --uid 1000 --gid 1000 --create-home --shell /bin/bash comfy \
  && install -d -o comfy -g comfy /opt/ComfyUI /opt/venv
ENV HOME=/home/comfy
USER comfy

# A virtual environment that sees the base's PyTorch: newer bases refuse to be installed into, and custom
# nodes can install what they need without being root. pip comes second, as not every base has ensurepip.
ENV VIRTUAL_ENV=/opt/venv PATH=/opt/venv/bin:${PATH} PIP_NO_CACHE_DIR=1
RUN python3 -m venv --system-site-packages --without-pip /opt/venv \
  && python -m pip install --upgrade pip

ARG comfy_cli_version=1.23.0
RUN python -m pip install "comfy-cli==${comfy_cli_version}"

ARG comfy_version=0.3.64
RUN git -c advice.detachedHead=false clone --depth 1 --branch "v${comfy_version}" \
  https://github.com/Comfy-Org/ComfyUI.git /opt/ComfyUI
WORKDIR /opt/ComfyUI

# ComfyUI asks for any PyTorch; without the constraint pip would bring another one than the base's.
ARG pytorch_version
ARG cuda_version
RUN python -c 'from importlib.metadata import version; print(*(f"{name}=={version(name)}" for name in ("torch", "torchvision")), sep="\n")' > /tmp/constraints.txt \
  && python -m pip install --constraint /tmp/constraints.txt "torchaudio==${pytorch_version}" \
    --index-url "https://download.pytorch.org/whl/cu$(echo "${cuda_version}" | tr -d .)" \
  && python -m pip install --constraint /tmp/constraints.txt --requirement requirements.txt \
  && rm /tmp/constraints.txt

# The last line loads all of ComfyUI and ends: an image that cannot start is not built.
RUN mkdir -p custom_nodes input models output \
  && comfy --skip-prompt tracking disable \
  && comfy --skip-prompt set-default /opt/ComfyUI \
  && python main.py --cpu --quick-test-for-ci --database-url sqlite:///:memory:

ENV COMFY_HOME=/opt/ComfyUI
LABEL org.opencontainers.image.title="ComfyUI" \
  org.opencontainers.image.description="ComfyUI ${comfy_version} on PyTorch ${pytorch_version}, CUDA ${cuda_version}" \
  org.opencontainers.image.licenses="GPL-3.0" \
  org.opencontainers.image.version="${comfy_version}"
EXPOSE 8188
# As the first process ComfyUI would be deaf to SIGTERM.
ENTRYPOINT ["tini", "--"]
CMD ["python", "main.py", "--listen", "0.0.0.0", "--port", "8188", "--disable-auto-launch"]
