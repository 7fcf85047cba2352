const fs = require("fs");
require("http")
  .createServer((request, response) => {
    fs.writeFileSync("db.json", JSON.stringify({ visits: 1 }));
    response.end(fs.readFileSync("db.json"));
  })
  .listen(8080);
