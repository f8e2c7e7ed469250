# Functions that the scripts of tools/ share. Source this file; do not run it.

set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
script=tools/$(basename "$0")
test_parts=(release asan tsan clang fuzz) # of tools/test, beside "fresh"

# The compiler's cache serves every clone of the project alike. A user without a home keeps it here.
export CCACHE_BASEDIR=$root CCACHE_NOHASHDIR=true
[[ -w ${HOME:-/} || ${CCACHE_DIR:-} ]] || export CCACHE_DIR=$root/build/ccache

export NINJA_STATUS='[%f/%t, %e s] ' # steps done, steps in all, and seconds since the start

step() { printf '%s: %s\n' "$script" "$*"; }

failure() {
  printf '%s: failed: %s\n' "$script" "$*" >&2
  return 1
}

die() {
  failure "$@" || exit 1
}

# quietly <log> <command...>: shows the command's output only if it fails.
quietly() {
  local log=$1
  shift
  mkdir -p "$(dirname "$log")"
  "$@" >"$log" 2>&1 </dev/null && return
  local code=$?
  tail -n 60 "$log" >&2
  return $code
}

# packages_for <need>: the packages that tools/packages lists for it, one a line.
packages_for() {
  local need package unless command
  while read -r need package unless command; do
    [[ $need == "$1" ]] || continue
    [[ $unless == unless ]] && command -v "$command" >/dev/null && continue
    echo "$package"
  done < <(sed 's/#.*//' "$root/tools/packages")
}

# missing_packages <package...>: those of them that are not installed.
missing_packages() {
  comm -23 <(printf '%s\n' "$@" | sort -u) \
    <(dpkg-query -W -f '${db:Status-Status} ${Package}\n' "$@" 2>/dev/null |
      sed -n 's/^installed //p' | sort -u)
}

# as_root <command...>: runs it as root, directly or with sudo.
as_root() {
  if ((EUID == 0)); then
    "$@"
  else
    sudo "$@"
  fi
}

can_be_root() {
  ((EUID == 0)) || { command -v sudo >/dev/null && sudo true; }
}

# sudo drops the variables that name a proxy, and apt-get needs them.
apt_get() {
  as_root env DEBIAN_FRONTEND=noninteractive ${http_proxy:+"http_proxy=$http_proxy"} \
    ${https_proxy:+"https_proxy=$https_proxy"} apt-get -q -o DPkg::Lock::Timeout=120 "$@"
}

apt_install() { apt_get -y install --no-install-recommends "$@"; }

# The lists of a machine may be absent or too old, so a failure is tried once more with fresh ones.
install_packages() {
  local log=$root/build/packages.log
  mkdir -p "$root/build"
  apt_install "$@" >"$log" 2>&1 </dev/null && return
  step "refreshing the package lists"
  quietly "$log" apt_get update ||
    die "apt-get update (whole output: $log)"
  quietly "$log" apt_install "$@" || die "apt-get install $* (whole output: $log)"
}

# Debian starts a service when its package is installed, and memcached's would take port 11211.
# without_starting_services <command...>: runs it with that forbidden, by Debian's own switch.
without_starting_services() (
  policy=/usr/sbin/policy-rc.d
  if [[ ! -e $policy ]]; then
    trap 'as_root rm -f "$policy"' EXIT
    printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
    as_root chmod +x "$policy"
  fi
  "$@"
)

leave_memcached_disabled() {
  command -v systemctl >/dev/null && as_root systemctl --quiet disable memcached 2>/dev/null || true
  step "memcached is installed for the tests alone: its service is neither started nor enabled"
}

# need_packages <need...>: installs what tools/packages lists for these needs and is missing.
need_packages() {
  local need wanted missing
  wanted=$(for need in "$@"; do packages_for "$need"; done)
  if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
    step "no apt-get here, so these must be installed already:" $wanted
    return
  fi
  missing=$(missing_packages $wanted)
  [[ $missing ]] || return 0
  can_be_root || die "these packages are missing, and installing them needs root or sudo:" $missing
  step "installing" $missing
  without_starting_services install_packages $missing
  if grep -qx memcached <<<"$missing"; then leave_memcached_disabled; fi
}

# configure <preset> [cmake flags]: makes build/<preset> ready to build; quiet unless that fails.
configure() {
  local preset=$1 log=$root/build/$1.configure.log
  shift
  (cd "$root" && quietly "$log" cmake --preset "$preset" "$@") ||
    failure "cmake --preset $preset $* (whole output: $log)"
}

# build <preset> [targets]: ninja says what it builds and why that failed.
build() {
  local preset=$1
  shift
  cmake --build "$root/build/$preset" ${1:+--target "$@"} || failure "building $preset"
}

# The server alone, and without configuring a build directory anew that tools/test has made.
build_server() {
  step "building the server (Release)"
  [[ -e $root/build/release/build.ninja ]] ||
    configure release -DCOCACHED_TESTS=OFF -DCOCACHED_TOOLS=OFF
  build release cocached
}

# ThreadSanitizer of this age does not start where the kernel shuffles addresses more widely than it
# knew (vm.mmap_rnd_bits past 28).
without_address_shuffling() {
  if setarch --addr-no-randomize true 2>/dev/null; then
    setarch --addr-no-randomize "$@"
  else
    "$@"
  fi
}
