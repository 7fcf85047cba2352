set -e
if [ "$(id -u)" = 0 ]; then
  chown -R root /srv/cache
fi
echo 1 > /srv/cache/index
echo indexed
