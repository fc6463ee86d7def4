#!/bin/bash
# vary-all.sh SOURCE COMMAND ARTIFACT [OPTIONS OF REPROTEST]: runs COMMAND twice on copies of SOURCE, with everything
# changed that reprotest can change, and compares ARTIFACT. Needs root. Status 0: the same; 1: different; 125: reprotest
# itself failed. `--auto-build` names the variation that makes the difference.
set -eu
source=$1 command=$2 artifact=$3
shift 3
shim=$(dirname "$(readlink -f "$0")")/shim

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
# The user that reprotest changes to mounts a file system too; in this mount namespace it may.
mknod -m 666 "$scratch/fuse" c 10 229
# shellcheck disable=SC2016 # for the inner shell
unshare -m bash -euc '
  mount --bind "$1/fuse" /dev/fuse
  PATH="$2:$PATH"
  shift 2
  exec reprotest "$@"
' - "$scratch" "$shim" --no-diffoscope --vary="user_group.available+=nobody:nogroup,domain_host.use_sudo=1" "$@" \
  -s "$source" "$command" "$artifact"
