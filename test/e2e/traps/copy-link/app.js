const fs = require("node:fs");
fs.appendFileSync("journal", "opened\n");
console.log("journal", fs.readFileSync("journal", "utf8").trim());
