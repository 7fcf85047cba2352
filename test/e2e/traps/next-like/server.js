const fs = require("fs");
require("http")
  .createServer((request, response) => {
    try {
      fs.writeFileSync(".next/cache/page.html", "rendered by build " + fs.readFileSync(".next/BUILD_ID"));
      response.end(fs.readFileSync(".next/cache/page.html"));
    } catch (error) {
      response.writeHead(500).end(error.message);
    }
  })
  .listen(3000);
