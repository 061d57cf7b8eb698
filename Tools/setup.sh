# Sourced by the tools: finds Swift and installs the Debian packages that are missing.
# Callers set `tool` to their own name. Prints nothing when nothing is missing.

fail() {
  echo "$tool: $1" >&2
  exit 1
}

# Swift, also where the usual installers put it.
require_swift() {
  local folder
  for folder in /opt/swift/usr/bin /usr/local/swift/usr/bin "$HOME/.local/share/swiftly/bin"; do
    command -v swift > /dev/null && break
    [[ -x "$folder/swift" ]] && PATH="$folder:$PATH"
  done
  command -v swift > /dev/null ||
    fail "Swift is missing; install Swift 6.3 from https://www.swift.org/install/linux/"
}

# Installs those of the named packages that are missing, as root or with sudo.
require_packages() {
  local missing=() package installed
  if ! command -v dpkg-query > /dev/null; then
    [[ -n "${LOCKSTEP_NO_PACKAGES:-}" ]] && return
    fail "no Debian packages here; install what stands for: $* (LOCKSTEP_NO_PACKAGES=1 goes on)"
  fi
  installed=" $(dpkg-query -W -f '${db:Status-Status}:${Package} ' "$@" 2> /dev/null || true)"
  for package in "$@"; do
    [[ "$installed" == *" installed:$package "* ]] || missing+=("$package")
  done
  [[ ${#missing[@]} -eq 0 ]] && return
  local root=() by_hand="apt-get update && apt-get install ${missing[*]}"
  if [[ $EUID -ne 0 ]]; then
    command -v sudo > /dev/null || fail "packages are missing; as root, run: $by_hand"
    root=(sudo)
  fi
  echo "$tool: installing ${missing[*]}" >&2
  local log
  log="$(mktemp)"
  export DEBIAN_FRONTEND=noninteractive
  if ! "${root[@]}" apt-get -qq update > "$log" 2>&1 ||
    ! "${root[@]}" apt-get -qq install -y --no-install-recommends "${missing[@]}" >> "$log" 2>&1
  then
    tail -n 5 "$log" >&2
    rm -f "$log"
    fail "could not install ${missing[*]}; as root, run: $by_hand"
  fi
  rm -f "$log"
}
