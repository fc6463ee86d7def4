#!/bin/bash
# hold-dockerd.sh: runs a private docker daemon until the standard input ends. Prints the path of its socket when it
# listens. Needs root.
set -eu
. "$(dirname "$(readlink -f "$0")")/daemons.sh"

work=$(mktemp -d -t hold-dockerd.XXXXXX)
dockerd_pid=''
clean_up() {
  # shellcheck disable=SC2086 # empty where it was not started
  stop $dockerd_pid
  remove_with_mounts "$work"
}
trap clean_up EXIT

start_dockerd "$work"
echo "$work/socket"
cat >/dev/null
