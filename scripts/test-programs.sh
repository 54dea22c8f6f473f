#!/bin/sh
# See to the programs that tests need beyond Python packages; install what is missing when that is allowed.
#
# Never fails by itself: without a program its tests are skipped and listed at the end, or fail when
# LEADLINE_TEST_REQUIRE=all.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
PATH="$PATH:/usr/sbin:/sbin:/usr/local/sbin"
missing=""
command -v prometheus >/dev/null 2>&1 && command -v promtool >/dev/null 2>&1 || missing="$missing prometheus"
command -v prometheus-node-exporter >/dev/null 2>&1 || command -v node_exporter >/dev/null 2>&1 \
    || missing="$missing prometheus-node-exporter"
command -v initdb >/dev/null 2>&1 || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || missing="$missing postgresql"
command -v nginx >/dev/null 2>&1 || missing="$missing nginx"
command -v wrk >/dev/null 2>&1 || missing="$missing wrk"
if ! command -v amtool >/dev/null 2>&1 \
    || ! { command -v prometheus-alertmanager >/dev/null 2>&1 || command -v alertmanager >/dev/null 2>&1; }; then
    missing="$missing prometheus-alertmanager"
fi
command -v chromium >/dev/null 2>&1 || missing="$missing chromium"
[ -z "$missing" ] && exit 0
# shellcheck disable=SC2086  # a list of words
"$here/apt-install.sh" $missing || echo "tests that need$missing will not run" >&2
