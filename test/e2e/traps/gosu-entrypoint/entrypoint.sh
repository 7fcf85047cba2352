set -e
chown -R redis /data
exec gosu redis "$@"
