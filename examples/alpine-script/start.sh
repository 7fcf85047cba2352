#!/bin/sh
set -e

# The configuration is written anew at each start, from the environment.
cat > /etc/status.conf <<EOF
TITLE="${TITLE}"
STARTED="$(date)"
EOF

echo $$ > /var/run/status.pid

echo "status page on port 8080"
exec nc -lk -p 8080 -e /opt/status/handler.sh
