#!/usr/bin/env bash
# Builds the image, so that the same commit gives the same file system: every file has the time of the commit.
#   scripts/build-image.sh [amd64|arm64]
#   BUILDER=buildah|podman|docker   LOCAL_BASES=1: those of local-bases.sh   NAME=kubexray-operator   SOURCE=https://…
set -euo pipefail
cd "$(dirname "$0")/.."
arch=${1:-amd64}
builder=${BUILDER:-docker}
version=$(node -p 'require("./package.json").version')
revision=$(git rev-parse HEAD)
time=$(git log -1 --format=%ct)

args=(--platform "linux/$arch" --tag "${NAME:-kubexray-operator}:$version-$arch"
  --build-arg "VERSION=$version" --build-arg "REVISION=$revision" --build-arg "SOURCE=${SOURCE:-unknown}")
if [[ ${LOCAL_BASES:-} == 1 ]]; then
  args+=(--build-arg "BUILD_BASE=localhost/kubexray-build-base:amd64"
    --build-arg "NODE_BASE=localhost/kubexray-build-base:$arch" --build-arg "RUN_BASE=localhost/kubexray-run-base:$arch")
fi
case $builder in
  docker) SOURCE_DATE_EPOCH=$time exec docker buildx build --load "${args[@]}" --output "type=docker,rewrite-timestamp=true" . ;;
  buildah | podman) exec "$builder" build --timestamp "$time" "${args[@]}" . ;;
  *) echo "BUILDER is docker, buildah or podman, not $builder" >&2 && exit 2 ;;
esac
