#!/bin/sh
# Install Debian packages when this user may (root, or sudo without a password): apt-install.sh PACKAGE...
#
# Leaves with 1, and says what to type, when it may not. LEADLINE_TEST_INSTALL=never forbids it. Services that the
# packages bring are neither started nor enabled: the tests start their own, on free ports of 127.0.0.1.
set -eu

say() { printf '%s\n' "apt-install: $*" >&2; }

if [ "${LEADLINE_TEST_INSTALL:-}" = never ] || ! command -v apt-get >/dev/null 2>&1; then
    say "not installed: $*"
    exit 1
fi
if [ "$(id -u)" -eq 0 ]; then
    root=""
elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
    root="sudo"
else
    say "neither root nor sudo without a password; type: sudo apt-get install $*"
    exit 1
fi

policy=/usr/sbin/policy-rc.d
made_policy=no
if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' | $root tee "$policy" >/dev/null
    $root chmod 755 "$policy"
    made_policy=yes
fi
cleanup() { [ "$made_policy" = no ] || $root rm -f "$policy"; }
trap cleanup EXIT

say "installing $*"
quiet_apt() { $root env DEBIAN_FRONTEND=noninteractive apt-get -qq -o=Dpkg::Use-Pty=0 "$@" >/dev/null; }
quiet_apt install --yes --no-install-recommends "$@" 2>/dev/null \
    || { quiet_apt update && quiet_apt install --yes --no-install-recommends "$@"; } \
    || { say "apt-get could not install $*"; exit 1; }

if command -v systemctl >/dev/null 2>&1; then
    $root systemctl disable --quiet "$@" >/dev/null 2>&1 || true
fi
