#!/bin/sh
set -e
envsubst '$GREETING' < /etc/nginx/site.template > /etc/nginx/conf.d/site.conf
exec nginx -g 'daemon off;'
