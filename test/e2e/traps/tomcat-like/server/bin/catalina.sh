#!/bin/sh
set -e
echo "starting" >> "$CATALINA_HOME/logs/catalina.out"
mkdir -p "$CATALINA_HOME/work/Catalina/localhost" "$CATALINA_HOME/temp/upload"
echo deployed
