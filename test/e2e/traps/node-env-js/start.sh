#!/bin/sh
set -e
echo "window.API = \"$API_URL\"" > public/env.js
exec "$@"
