set -e
echo x > data/entry
echo entered
