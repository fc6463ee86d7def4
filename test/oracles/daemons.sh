# Functions for bash: private daemons that touch nothing of the machine's own. Each keeps everything below the
# directory that it is given, listens on a socket there, and makes no bridge, firewall rule or listener. Needs root.

# wait_until COMMAND…: tries a command for ten seconds.
wait_until() {
  local attempt
  for attempt in $(seq 100); do
    "$@" >/dev/null 2>&1 && return 0
    sleep 0.1
  done
  echo "never true: $*" >&2
  return 1
}

# start_containerd DIR: the socket is DIR/socket; the process id is put in $containerd_pid.
start_containerd() {
  mkdir -p "$1"
  cat >"$1/config.toml" <<CONFIG
version = 2
root = "$1/root"
state = "$1/state"
disabled_plugins = ["io.containerd.grpc.v1.cri"]
[grpc]
  address = "$1/socket"
CONFIG
  setsid containerd -c "$1/config.toml" >"$1/log" 2>&1 &
  containerd_pid=$!
  wait_until ctr -a "$1/socket" version
}

# start_dockerd DIR: the socket is DIR/socket; the process id is put in $dockerd_pid.
start_dockerd() {
  mkdir -p "$1"
  echo '{}' >"$1/daemon.json"
  setsid dockerd --config-file "$1/daemon.json" --iptables=false --ip6tables=false --bridge=none --ip-forward=false \
    --ip-masq=false --data-root "$1/data" --exec-root "$1/exec" --pidfile "$1/pid" -H "unix://$1/socket" \
    >"$1/log" 2>&1 &
  dockerd_pid=$!
  wait_until docker -H "unix://$1/socket" version
}

# stop PID…: ends processes that this shell started, and waits for them.
stop() {
  local pid
  for pid in "$@"; do
    kill "$pid" 2>/dev/null && wait "$pid" 2>/dev/null
  done
  return 0
}

# remove_with_mounts DIR: unmounts what is left mounted below it, then removes it.
remove_with_mounts() {
  awk -v below="$1/" 'index($2, below) == 1 { print $2 }' /proc/mounts | sort -r | xargs -r umount -l
  rm -rf "$1"
}

# set_podman DIR: sets the array $podman to a podman that keeps its images in DIR, on overlay.
set_podman() {
  podman=(podman --root "$1/root" --runroot "$1/run" --tmpdir "$1/tmp" --storage-driver overlay
    --events-backend=file --cgroup-manager=cgroupfs --runtime runc)
}
