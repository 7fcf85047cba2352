#!/bin/sh
# Answers one HTTP request on stdin and stdout.
. /etc/status.conf

read -r request
while read -r header && [ "$header" != "$(printf '\r')" ]; do :; done

body="$TITLE: up since $STARTED, load $(cut -d' ' -f1 /proc/loadavg)"
printf 'HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s\n' $((${#body} + 1)) "$body"
