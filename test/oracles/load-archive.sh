#!/bin/bash
# load-archive.sh ARCHIVE: loads an archive with `docker load` and with `podman load`, and runs what they say they have
# loaded. Prints "docker: …" and "podman: …", each with what the image printed. Needs root.
set -eu
archive=$(readlink -f "$1")
. "$(dirname "$(readlink -f "$0")")/daemons.sh"

work=$(mktemp -d -t load-archive.XXXXXX)
dockerd_pid=''
clean_up() {
  # shellcheck disable=SC2086 # empty where it was not started
  stop $dockerd_pid
  remove_with_mounts "$work"
}
trap clean_up EXIT

start_dockerd "$work/dockerd"
docker=(docker -H "unix://$work/dockerd/socket")
# "Loaded image: NAME:TAG" or "Loaded image ID: sha256:…"
loaded=$("${docker[@]}" load -q -i "$archive" | head -n 1)
echo "docker: $("${docker[@]}" run --rm --network none "${loaded#*: }")"

set_podman "$work/podman"
loaded=$("${podman[@]}" load -q -i "$archive" | head -n 1)
echo "podman: $("${podman[@]}" run -q --rm --network none --ulimit nofile=1024:1024 --ulimit nproc=1024:1024 \
  "${loaded#*: }")"
