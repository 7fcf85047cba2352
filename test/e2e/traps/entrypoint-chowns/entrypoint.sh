set -e
mkdir -p /srv/visits/by-day && chown www-data /srv/visits/by-day
chown -R www-data:www-data /srv/visits
echo $(($(cat /srv/visits/count) + 1)) > /srv/visits/count
echo "counted $(cat /srv/visits/count)"
