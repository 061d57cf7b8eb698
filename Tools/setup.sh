# Sourced by the other tools: what the build needs, and the build.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
export LOCKSTEP_NATIVE=1  # build for this machine's processor

fail() {
  echo "$(basename "$0"): $*" >&2
  exit 1
}

# Installs the Debian packages that are missing; silent when none is.
require_packages() {
  local missing=() package
  for package in "$@"; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' ||
      missing+=("$package")
  done
  [ ${#missing[@]} -eq 0 ] && return
  command -v apt-get > /dev/null ||
    fail "these libraries are missing, and there is no apt-get to install them: ${missing[*]}"
  local as_root=()
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo > /dev/null || fail "install these packages as root: ${missing[*]}"
    as_root=(sudo)
  fi
  echo "Installing ${missing[*]} ..." >&2
  local log
  log=$(mktemp)
  if ! { "${as_root[@]}" apt-get update && DEBIAN_FRONTEND=noninteractive \
    "${as_root[@]}" apt-get install -y --no-install-recommends "${missing[@]}"; } > "$log" 2>&1; then
    tail -n 20 "$log" >&2
    rm -f "$log"
    fail "apt-get could not install: ${missing[*]}"
  fi
  rm -f "$log"
}

require_swift() {
  command -v swift > /dev/null ||
    fail "Swift 6.2 or later is missing; see https://www.swift.org/install"
}

# Forgets what a build folder holds of our modules if a source file has changed: SwiftPM (6.3) keeps
# objects that know an old layout of another module's types, and they crash.
forget_stale() {
  local folder=$1 sum
  sum=$(cd "$root" && find Package.swift Sources Tests -type f -print0 | sort -z |
    xargs -0 cksum | cksum)
  [ "$sum" = "$(cat "$folder/sources.sum" 2> /dev/null)" ] && return
  rm -rf "$folder"/*-*/release "$folder/release"
  mkdir -p "$folder"
  echo "$sum" > "$folder/sources.sum"
}

# Builds the tool, or the library that Python loads, unless nothing has changed since it was built.
build_tool() { build lockstep lockstep; }
build_library() { build LockstepC libLockstepC.so; }

# $1: the product; $2: its file.
build() {
  local made="$root/.build/release/$2"
  if [ -e "$made" ] && [ -z "$(
    find "$root/Package.swift" "$root/Sources" -newer "$made" -print -quit)" ]; then
    return
  fi
  echo "Building ..." >&2
  forget_stale "$root/.build"
  local log
  log=$(mktemp)
  local began
  began=$(mktemp)
  if ! swift build -c release --product "$1" --package-path "$root" > "$log" 2>&1; then
    grep -E 'error:|warning:' "$log" >&2 || tail -n 20 "$log" >&2
    rm -f "$log" "$began"
    fail "the build failed"
  fi
  touch -r "$began" "$made"  # files changed since then are built next time
  rm -f "$log" "$began"
}
