#!/bin/sh
set -e
mkdir -p log
echo run >> log/run.log
echo logged
