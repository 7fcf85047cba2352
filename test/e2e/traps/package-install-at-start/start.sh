apt-get update && apt-get install -y $EXTRA_PACKAGES
exec sleep infinity
