const fs = require("fs");
fs.mkdirSync("dist");
fs.writeFileSync("dist/index.html", "<h1>Hi</h1>");
fs.writeFileSync("dist/stats.json", "{}");
