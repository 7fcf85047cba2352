set -e
ln -sf /dev/stdout /var/log/app.log
rm -f /etc/app/sites/default
echo "$(ls /etc/app/sites | wc -l) sites" >> /var/log/app.log
