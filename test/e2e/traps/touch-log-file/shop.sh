set -e
echo sold >> "$LOG_FILE"
echo appended
