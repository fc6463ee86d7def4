#!/bin/bash
# copy-merged.sh LAYOUT OUT TAG…: what podman mounts on overlay for each tag of an OCI layout, copied to OUT/TAG. Needs root.
set -eu
layout=$1 out=$2
shift 2
. "$(dirname "$(readlink -f "$0")")/daemons.sh"

# podman makes an image name of the path, and those are in lower case: so not mktemp.
work=${TMPDIR:-/tmp}/copy-merged-$$
mkdir "$work"
trap 'remove_with_mounts "$work"' EXIT
cp -r "$layout" "$work/layout"

set_podman "$work/podman"
for tag in "$@"; do
  image=$("${podman[@]}" pull -q "oci:$work/layout:$tag")
  merged=$("${podman[@]}" image mount "$image")
  [ "$(stat --file-system --format=%T "$merged")" = overlayfs ]
  mkdir "$out/$tag"
  cp -a "$merged/." "$out/$tag"
done
