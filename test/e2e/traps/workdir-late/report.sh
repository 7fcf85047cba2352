#!/bin/sh
set -e
echo total > report.txt
echo "lines: $(wc -l < report.txt)"
