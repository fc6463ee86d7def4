#!/bin/bash
# Makes .ci/debian, a part of Debian's archive that the tests read as if it were a mirror: the signed index of bookworm main
# for amd64, and the packages of .ci/debian-packages.txt, each with all that apt would install with it in an empty root.
# It is made by apt with a root of its own, whatever the release and the sources of this machine; what is there already is
# not fetched again.
set -euo pipefail
export LC_ALL=C.UTF-8
list="$(cd "$(dirname "$0")" && pwd)/debian-packages.txt"
archive="${list%/*}/debian"
mirror=http://deb.debian.org/debian
keyring=/usr/share/keyrings/debian-archive-keyring.gpg

done_with="$(sha256sum < "$list")"
[[ -e $archive/complete && $(< "$archive/complete") == "$done_with" ]] && exit 0

mkdir -p "$archive/apt/lists/partial" "$archive/apt/cache/archives/partial"
rm -f "$archive/complete"
: > "$archive/apt/status"
echo "deb [signed-by=$keyring] $mirror bookworm main" > "$archive/apt/sources.list"
apt=(
  apt-get -q
  -o Dir::State="$archive/apt" -o Dir::State::lists="$archive/apt/lists" -o Dir::State::status="$archive/apt/status"
  -o Dir::Cache="$archive/apt/cache" -o Dir::Cache::archives="$archive/apt/cache/archives"
  -o Dir::Cache::pkgcache=pkgcache.bin -o Dir::Cache::srcpkgcache=srcpkgcache.bin
  -o Dir::Etc::sourcelist="$archive/apt/sources.list" -o Dir::Etc::sourceparts=/dev/null
  -o Dir::Etc::preferences=/dev/null -o Dir::Etc::preferencesparts=/dev/null
  -o APT::Architecture=amd64 -o APT::Architectures::=amd64 -o APT::Default-Release= -o APT::Solver=internal
  -o APT::Sandbox::User=root -o Acquire::GzipIndexes=false -o Acquire::Languages=none
)

"${apt[@]}" update
suite="dists/bookworm"
mkdir -p "$archive/$suite/main/binary-amd64"
prefix="$archive/apt/lists/deb.debian.org_debian_dists_bookworm"
ln -f "${prefix}_InRelease" "$archive/$suite/InRelease"
ln -f "${prefix}_main_binary-amd64_Packages" "$archive/$suite/main/binary-amd64/Packages"

# One by one, since together they may be satisfied by other packages than each alone; `Inst NAME (VERSION …)`.
mapfile -t wanted < "$list"
closure="$(
  for package in "${wanted[@]}"; do
    "${apt[@]}" install -s --no-install-recommends "$package" | sed -n 's/^Inst \([^ ]*\) (\([^ ]*\) .*/\1=\2/p'
  done | sort -u
)"

# `'URL' NAME SIZE HASH`; the path of a package in the archive is its URL without that of the mirror, and decoded.
mapfile -t packages <<< "$closure"
"${apt[@]}" download --print-uris "${packages[@]}" | sed -n "s|^'$mirror/\([^']*\)' \([^ ]*\) .*|\1 \2|p" |
  while read -r path name; do printf '%b %s\n' "${path//%/\\x}" "$name"; done > "$archive/apt/paths"
lacking=()
while read -r path name; do
  [[ -e $archive/$path ]] || lacking+=("$name")
done < "$archive/apt/paths"
if [[ ${#lacking[@]} -gt 0 ]]; then
  # NAME_VERSION_ARCHITECTURE.deb, in which a colon of the version is written %3a.
  mapfile -t asked < <(printf '%s\n' "${lacking[@]}" | sed 's/^\([^_]*\)_\([^_]*\)_.*/\1=\2/; s/%3a/:/')
  (cd "$archive/apt/cache/archives" && "${apt[@]}" download "${asked[@]}")
fi
while read -r path name; do
  [[ -e $archive/$path ]] && continue
  mkdir -p "$archive/${path%/*}"
  mv "$archive/apt/cache/archives/$name" "$archive/$path"
done < "$archive/apt/paths"
rm -r "$archive/apt/cache"
echo "$done_with" > "$archive/complete"
du -sh "$archive/pool"
