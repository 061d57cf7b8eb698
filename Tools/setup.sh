# Sourced by the other tools: what the build needs, and the build.

unset CDPATH  # with it `cd` may go elsewhere, and says so
root=$(cd -P -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/.." && pwd -P)
export LOCKSTEP_NATIVE=1  # build for this machine's processor
export LOCKSTEP_ROOT=$root  # where tests find the documentation, wherever they are built
# The checkout may be another user's, which git otherwise refuses to look at.
export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=safe.directory GIT_CONFIG_VALUE_0='*'

# What the tool is built with and needs when it runs: a font for the words in pictures, too.
tool_packages="fonts-dejavu-core libbox2d-dev libcairo2-dev libopenblas-dev libpng-dev libsdl2-dev
  pkg-config"

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

# NVIDIA's compiler for kernels, where there is a driver and no toolkit; without it, networks run on
# the processor.
require_nvrtc() {
  ldconfig -p 2>/dev/null | grep -q 'libcuda\.so\.1' || return 0
  ldconfig -p | grep -q 'libnvrtc\.so\.1[23]' && return 0
  [ -e /usr/local/cuda/lib64/libnvrtc.so ] && return 0
  "$root/Tools/compile-kernels" --fetch || echo "$(basename "$0"): no compiler for kernels" >&2
}

# Where the package is built: here, or where nothing may be written here, in the user's cache.
package=$root
scratch=$root/.build
if ! [ -w "$root" ] || { [ -e "$scratch" ] && ! [ -w "$scratch" ]; }; then
  cache=${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/lockstep/$(cksum <<< "$root" | cut -d ' ' -f 1)
  package=$cache/source scratch=$cache/build
  export ALE_ROMS_DIR=${ALE_ROMS_DIR:-$root/Roms}
fi

# Brings the copy of the sources that is built up to date.
copy_package() {
  [ "$package" = "$root" ] && return
  mkdir -p "$package" || fail "neither $root nor $package can be written to"
  cp -ru --no-preserve=mode --preserve=timestamps "$root/Package.swift" "$root/Sources" "$root/Tests" "$package/" ||
    fail "cannot copy the sources to $package"
  local file
  (cd "$package" && find Sources Tests -type f -print0) | while IFS= read -rd '' file; do
    [ -e "$root/$file" ] || rm -f "$package/$file"
  done
}

# $1: a file of the build. Whether a source has changed since it was made.
is_stale() {
  ! [ -e "$scratch/release/$1" ] || [ -n "$(
    find "$root/Package.swift" "$root/Sources" -newer "$scratch/release/$1" -print -quit)" ]
}

# Builds the tool, or the library that Python loads, unless nothing has changed since it was built.
build_tool() { build lockstep lockstep; }
build_library() { build LockstepC libLockstepC.so; }

# $1: the product; $2: its file.
build() {
  is_stale "$2" || return 0
  local made="$scratch/release/$2"
  if ! command -v swift > /dev/null && [ -e "$made" ]; then
    echo "$(basename "$0"): swift is missing; going on with what was built before the last change" >&2
    return
  fi
  require_swift
  copy_package
  echo "Building ..." >&2
  local log
  log=$(mktemp)
  local began
  began=$(mktemp)
  if ! swift build -c release --product "$1" --package-path "$package" --scratch-path "$scratch" \
    > "$log" 2>&1; then
    grep -E 'error:|warning:' "$log" >&2 || tail -n 20 "$log" >&2
    rm -f "$log" "$began"
    fail "the build failed"
  fi
  touch -r "$began" "$made"  # files changed since then are built next time
  rm -f "$log" "$began"
}

# Builds a product for a level of the processor, v2, v3 or v4, in a folder of its own, `level_scratch`.
build_level() {
  local level=$1 product=$2
  level_scratch=$scratch/levels/$level
  mkdir -p "$scratch/levels"
  copy_package
  env -u LOCKSTEP_NATIVE LOCKSTEP_PROCESSOR="x86-64-$level" swift build -c release \
    --product "$product" --package-path "$package" --scratch-path "$level_scratch" \
    > "$level_scratch.log" 2>&1 ||
    { grep error: "$level_scratch.log" >&2; fail "the build failed; see $level_scratch.log"; }
}
