#!/bin/bash
# merged-facts.sh LAYOUT TAG PATH…: mounts an image as podman does, and says what is at each path: kind, mode and owner,
# and where a symlink leads. The first line is the type of the file system, the second what the image prints when it is
# run. Needs root.
set -eu
layout=$1 tag=$2
shift 2
. "$(dirname "$(readlink -f "$0")")/daemons.sh"

# podman makes an image name of the path, and those are in lower case: so not mktemp.
work=${TMPDIR:-/tmp}/merged-facts-$$
mkdir "$work"
trap 'remove_with_mounts "$work"' EXIT
cp -r "$layout" "$work/layout"

set_podman "$work/podman"
container=$("${podman[@]}" create -q --network none --ulimit nofile=1024:1024 --ulimit nproc=1024:1024 \
  "oci:$work/layout:$tag")
merged=$("${podman[@]}" mount "$container")
stat --file-system --format=%T "$merged"
"${podman[@]}" start --attach "$container"
cd "$merged"
for path in "$@"; do
  echo "$path: $(stat --format='%F %a %u:%g' "$path") $(readlink "$path" || true)"
done
