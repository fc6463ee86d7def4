#!/bin/bash
# gnu-tar-layer.sh ROOT SECONDS < LIST > layer.tar: the layer format, said again with GNU tar. Files and links come from
# ROOT; LIST says what is in the layer and what it is like there: `MODE UID GID PATH` on each line, modes in octal. A
# layer of tbuild with the same contents is the same bytes.
set -euo pipefail
root=$1 seconds=$2

# By the bytes of the whole path without a trailing slash, so that `a-b` stands between `a` and `a/b`.
LC_ALL=C sort -t ' ' -k 4 | while IFS= read -r line; do
  path=${line#* * * }
  read -r mode uid gid _ <<<"$line"
  # PAX, but with records only where USTAR has no room; no names of users; the one time. The two empty blocks at the end
  # are for the end of the whole.
  tar --create --format=pax --pax-option=exthdr.name=%d/PaxHeaders/%f,delete=atime,delete=ctime \
    --blocking-factor=1 --directory="$root" --no-recursion --numeric-owner --owner=":$uid" --group=":$gid" \
    --mode="$mode" --mtime="@$seconds" -- "$path" |
    head -c -1024
done
head -c 1024 /dev/zero
