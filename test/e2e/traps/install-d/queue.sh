set -e
echo message > "$SPOOL_DIR/1.msg"
echo queued
