# Sourced by build-images and push-images: their options, and the names of the images.

cd "$(dirname "${BASH_SOURCE[0]}")/.."

usage() {
  cat <<TEXT
Usage: docker/$(basename "$0") [--dry-run] [--repository <name>]

  --dry-run             print the commands and run none
  --repository <name>   what the images are called before the colon (comfyui-gateway)

Versions are those of docker/matrix.env and package.json.
TEXT
}

repository=comfyui-gateway
is_dry_run=false
while [ $# -gt 0 ]; do
  case $1 in
    --dry-run) is_dry_run=true ;;
    --repository)
      repository=${2:?--repository needs a name}
      shift
      ;;
    --help | -h)
      usage
      exit
      ;;
    *)
      usage >&2
      exit 2
      ;;
  esac
  shift
done

# shellcheck source=docker/matrix.env
source docker/matrix.env
api_version=$(sed -n 's/^  "version": "\(.*\)",$/\1/p' package.json)
: "${api_version:?package.json has no version}"

# Prints the command, and runs it unless this is a rehearsal.
run() {
  printf '%q ' "$@" | sed 's/ $//'
  echo
  "$is_dry_run" || "$@"
}

gateway_image() {
  echo "$repository:api$api_version"
}

# $1 ComfyUI, $2 PyTorch, $3 CUDA, $4 runtime or devel
comfyui_image() {
  echo "$repository:comfy$1-torch$2-cuda$3-$4"
}

api_image() {
  echo "$repository:comfy$1-api$api_version-torch$2-cuda$3-$4"
}

# Calls "$1 <ComfyUI> <PyTorch> <CUDA> <base>" for each row of the matrix.
for_each_row() {
  local comfy pair base
  for comfy in $comfy_versions; do
    for pair in $torch_and_cuda; do
      for base in $bases; do
        "$1" "$comfy" "${pair%-*}" "${pair#*-}" "$base"
      done
    done
  done
}
