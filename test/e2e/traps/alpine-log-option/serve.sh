set -e
echo "GET /" >> "$2"
echo "$(wc -l < "$2") request"
