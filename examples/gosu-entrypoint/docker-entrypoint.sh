#!/bin/sh
set -e

# When started as root, hand the data over and go on as kv.
if [ "$(id -u)" = '0' ]; then
	find . \! -user kv -exec chown kv '{}' +
	exec gosu kv "$0" "$@"
fi

exec "$@"
