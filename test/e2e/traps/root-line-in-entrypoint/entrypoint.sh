set -e
chown -R www-data /srv
exec "$@"
