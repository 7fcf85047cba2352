set -e
echo $(($(cat hits) + 1)) > hits
echo "hits: $(cat hits)"
