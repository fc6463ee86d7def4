#!/bin/bash
# copy-merged.sh podman|containerd LAYOUT OUT TAG…: what the runtime mounts on overlayfs for each tag of an OCI layout,
# copied to OUT/TAG. Needs root.
set -eu
runtime=$1 layout=$2 out=$3
shift 3
. "$(dirname "$(readlink -f "$0")")/daemons.sh"

# podman makes an image name of the path, and those are in lower case: so not mktemp.
work=${TMPDIR:-/tmp}/copy-merged-$$
mkdir "$work"
trap 'stop ${containerd_pid:-}; remove_with_mounts "$work"' EXIT
cp -r "$layout" "$work/layout"

case $runtime in
  podman)
    set_podman "$work/podman"
    mounted() { "${podman[@]}" image mount "$("${podman[@]}" pull -q "oci:$work/layout:$1")"; }
    ;;
  containerd)
    start_containerd "$work/containerd"
    ctr=(ctr -a "$work/containerd/socket" images)
    tar -C "$work/layout" -cf "$work/layout.tar" .
    "${ctr[@]}" import --base-name merged --platform linux/amd64 "$work/layout.tar" >/dev/null
    mounted() { mkdir "$work/$1" && "${ctr[@]}" mount --platform linux/amd64 "merged:$1" "$work/$1" >/dev/null && echo "$work/$1"; }
    ;;
esac

mkdir "$out"
for tag in "$@"; do
  merged=$(mounted "$tag")
  [ "$(stat --file-system --format=%T "$merged")" = overlayfs ]
  mkdir "$out/$tag"
  cp -a "$merged/." "$out/$tag"
done
