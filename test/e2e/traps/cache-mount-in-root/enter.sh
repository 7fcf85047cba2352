set -e
cat ~/.tool/settings
mkdir -p ~/.cache/tool
echo kept > ~/.cache/tool/file
test ! -e ~/.cache/tool/download
cat ~/.cache/tool/file
