const http = require("http");
const fs = require("fs");
const path = require("path");

const UPLOADS = path.join(__dirname, "uploads");
http
  .createServer((request, response) => {
    const file = path.join(UPLOADS, path.basename(request.url));
    if (request.method === "POST") {
      const out = fs.createWriteStream(file);
      out.on("error", () => response.writeHead(500).end());
      out.on("finish", () => response.writeHead(201).end());
      request.pipe(out);
    } else {
      fs.readFile(file, (error, data) => response.writeHead(error ? 404 : 200).end(data));
    }
  })
  .listen(3000);
