set -e
sed -i "s/NAME/$NAME/" /etc/app.conf
cat /etc/app.conf
