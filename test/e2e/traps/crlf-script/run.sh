#!/bin/sh
if true; then
  echo line ends mended
fi
