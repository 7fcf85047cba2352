const fs = require("fs");
require("http")
  .createServer((request, response) => response.end(fs.readFileSync("public" + request.url)))
  .listen(3000);
