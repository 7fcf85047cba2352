#!/bin/sh
set -e
out=/var/reports/$(date +%Y-%m-%d).txt
{ date; df -h /; } >> "$out"
echo "report written to $out"
