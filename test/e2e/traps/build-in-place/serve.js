const fs = require("fs");
fs.writeFileSync("dist/stats.json", JSON.stringify({ pages: fs.readdirSync("dist").length }));
console.log("stats written");
