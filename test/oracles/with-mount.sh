#!/bin/bash
# with-mount.sh TYPE DIRECTORY COMMAND…: runs a command while a new file system of this type is mounted on DIRECTORY, in
# a mount namespace of its own. TYPE is tmpfs, or what there is a mkfs for. Needs root.
set -eu
type=$1 directory=$2
shift 2
if [ "$type" = tmpfs ]; then
  export WITH_MOUNT_SOURCE=none WITH_MOUNT_OPTIONS=size=1g
else
  image=$(mktemp)
  trap 'rm -f "$image"' EXIT
  truncate -s 1G "$image"
  "mkfs.$type" -q "$image" >/dev/null
  export WITH_MOUNT_SOURCE=$image WITH_MOUNT_OPTIONS=loop
fi
# shellcheck disable=SC2016 # for the inner shell
unshare -m bash -euc '
  mount -t "$1" -o "$WITH_MOUNT_OPTIONS" "$WITH_MOUNT_SOURCE" "$2"
  shift 2
  "$@"
' - "$type" "$directory" "$@"
