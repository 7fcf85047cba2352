set -e
mkdir -p /run/app
mkfifo /run/app/pipe
echo through the pipe > /run/app/pipe &
cat /run/app/pipe
