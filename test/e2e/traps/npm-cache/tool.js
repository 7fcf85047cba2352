#!/usr/bin/env node
require("http")
  .createServer((request, response) => response.end("from the cache\n"))
  .listen(3000);
