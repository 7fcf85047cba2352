#!/bin/sh
set -e
sed -i "s/@MODE@/$MODE/" /etc/app/app.conf
exec "$@"
