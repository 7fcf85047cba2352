set -e
mkdir /var/lock/job
rmdir /var/lock/job
echo locked and released
