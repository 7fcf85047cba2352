const fs = require("fs");
fs.mkdirSync(".next/cache", { recursive: true });
fs.writeFileSync(".next/BUILD_ID", "1");
