#!/bin/bash
# run-proof.sh LAYOUT TAG EXPECTED: runs an image for one platform under nine runtimes and compares what it prints. Needs root.
# One line for each runtime; the last is "N passed, N failed".
set -u
umask 022
tag=$2 expected=$3
. "$(dirname "$(readlink -f "$0")")/daemons.sh"

# podman makes an image name of the path, and those are in lower case: so not mktemp.
work=${TMPDIR:-/tmp}/run-proof-$$
mkdir "$work" || exit 1
layout=$work/layout
cp -r "$1" "$layout"
containerd_pid='' dockerd_pid=''
clean_up() {
  # shellcheck disable=SC2086 # empty where it was not started
  stop $containerd_pid $dockerd_pid
  # podman without root leaves a process that keeps its namespaces.
  [ -f "$work/nobody/run/libpod/tmp/pause.pid" ] && kill "$(cat "$work/nobody/run/libpod/tmp/pause.pid")" 2>/dev/null
  remove_with_mounts "$work"
}
trap clean_up EXIT

passed=0 failed=0
expect() { # expect NAME COMMAND…
  local name=$1 output status started
  shift
  started=$(date +%s%N)
  output=$(timeout 120 "$@" 2>"$work/stderr")
  status=$?
  if [ "$status" = 0 ] && [ "$output" = "$expected" ]; then
    passed=$((passed + 1))
    echo "ok     $name $((($(date +%s%N) - started) / 1000000)) ms"
  else
    failed=$((failed + 1))
    echo "FAILED $name: status $status, $(printf %q "$output"), $(tail -n 3 "$work/stderr" | tr '\n' ' ')"
  fi
}

# An unprivileged user with nothing: no home, no subordinate ids, no environment.
nobody="setpriv --reuid=nobody --regid=nogroup --clear-groups env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin"
mine="HOME=$work/nobody XDG_RUNTIME_DIR=$work/nobody/run"
install -d -o nobody -g nogroup "$work/nobody" "$work/nobody/run"

unpack() { # unpack BUNDLE COMMAND…: a runtime bundle that needs no terminal
  local bundle=$1
  shift
  "$@" --image "$layout:$tag" "$bundle" >/dev/null &&
    jq '.process.terminal = false' "$bundle/config.json" >"$work/config.json" &&
    cat "$work/config.json" >"$bundle/config.json"
}
unpack "$work/bundle" umoci unpack
# shellcheck disable=SC2086 # words
unpack "$work/nobody/bundle" $nobody HOME="$work/nobody" umoci unpack --rootless

expect runc runc --root "$work/runc" run --bundle "$work/bundle" "run-proof-$$"

# crun wants a version 2 control group tree, and a right to limit devices that a machine may not give.
cp -r "$work/bundle" "$work/crun-bundle"
jq 'del(.linux.resources)' "$work/bundle/config.json" >"$work/crun-bundle/config.json"
expect crun unshare -m sh -c "mount -t cgroup2 none /sys/fs/cgroup &&
  crun --root $work/crun run --bundle $work/crun-bundle run-proof-crun-$$"

# shellcheck disable=SC2086 # words
expect runc-unprivileged $nobody $mine \
  runc --root "$work/nobody/run/runc" --rootless=true run --bundle "$work/nobody/bundle" "run-proof-nobody-$$"

set_podman "$work/podman"
expect podman "${podman[@]}" run -q --rm --network none --ulimit nofile=1024:1024 \
  --ulimit nproc=1024:1024 "oci:$layout:$tag"

cat >"$work/nobody/containers.conf" <<CONFIG
[containers]
default_ulimits = ["nofile=1024:1024"]
netns = "none"
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
runtime = "runc"
CONFIG
printf '[storage]\ndriver = "vfs"\n[storage.options.vfs]\nignore_chown_errors = "true"\n' >"$work/nobody/storage.conf"
# shellcheck disable=SC2086 # words
expect podman-unprivileged $nobody $mine CONTAINERS_CONF="$work/nobody/containers.conf" \
  CONTAINERS_STORAGE_CONF="$work/nobody/storage.conf" podman --log-level=fatal run -q --rm "oci:$layout:$tag"

start_containerd "$work/containerd"
tar -C "$layout" -cf "$work/layout.tar" .
ctr -a "$work/containerd/socket" image import --base-name run-proof/image "$work/layout.tar" >/dev/null
expect containerd ctr -a "$work/containerd/socket" run --rm "run-proof/image:$tag" "run-proof-$$"

start_dockerd "$work/dockerd"
skopeo copy -q "oci:$layout:$tag" "docker-archive:$work/archive.tar:run-proof/image:$tag"
docker -H "unix://$work/dockerd/socket" load -q -i "$work/archive.tar" >/dev/null
expect dockerd docker -H "unix://$work/dockerd/socket" run --rm --network none "run-proof/image:$tag"

mapfile -t command < <(jq -r '.process.args[]' "$work/bundle/config.json")
# shellcheck disable=SC2086 # words
expect bubblewrap $nobody bwrap --unshare-all --die-with-parent --ro-bind "$work/nobody/bundle/rootfs" / --clearenv \
  "${command[@]}"
expect chroot chroot "$work/bundle/rootfs" "${command[@]}"

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
