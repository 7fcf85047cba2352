#!/bin/bash
set -e

if [ ! -f state/flags.json ]; then
  mkdir -p state
  echo '{"dark-mode": false}' > state/flags.json
fi

exec bin/featureflags -addr :8080 -file state/flags.json
