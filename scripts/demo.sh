#!/bin/sh
# Four recorded weeks of a small shop: imported into a ledger of its own, judged, and printed.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
house=$(mktemp -d)
trap 'rm -rf "$house"' EXIT
unset LEADLINE_HANDBOOK LEADLINE_DATABASE_URL LEADLINE_DATABASE_URL_FILE
shop="$root/examples/shop"
at=2026-11-02T12:00:00Z

run() {
    printf '\n$ leadline %s\n' "$(echo "$*" | sed "s#$house/##g; s#$root/##g")"
    leadline "$@"
}

run validate --handbook "$shop/handbook"
run slices import "$shop/recording.parquet" --handbook "$shop/handbook" --database "$house/shop.db"
run status --at "$at" --handbook "$shop/handbook" --database "$house/shop.db"
run slo show checkout-availability --at "$at" --handbook "$shop/handbook" --database "$house/shop.db"
cat <<'END'

Next: point a handbook at your own Prometheus.
  .venv/bin/leadline init            writes ./handbook, which measures http://127.0.0.1:9090
  .venv/bin/leadline collect         asks for the last 28 days
  .venv/bin/leadline status          what is left of every budget
END
