#!/bin/sh
# Asks the gate before a deployment, runs the deployment, and writes the change down.
#
#   LEADLINE_SERVER=https://slo.example.com LEADLINE_TOKEN=ll_… \
#   pre-deploy.sh SERVICE KIND REF -- COMMAND…
#
# Ends as the gate does when it does not allow it (1 denied, 3 cannot tell, 5 approval needed), else as COMMAND does.
set -eu

service=$1 kind=$2 ref=$3
shift 3
[ "$1" = -- ] && shift

leadline gate --server "$LEADLINE_SERVER" --service "$service" --change "$kind" --ref "$ref" \
    --author "${DEPLOY_AUTHOR:-$(id -un)}"
leadline change record --server "$LEADLINE_SERVER" --service "$service" --kind "$kind" --ref "$ref" --source deploy
code=0
"$@" || code=$?
leadline change record --server "$LEADLINE_SERVER" --service "$service" --kind "$kind" --ref "$ref" --source deploy \
    --finished "$(date -u +%Y-%m-%dT%H:%M:%SZ)"
exit "$code"
