#!/bin/sh
set -e
cd /opt/tool
echo 1.0 > version
echo "tool $(cat version)"
