const server = require("http").createServer((request, response) => response.end("port from the source\n"));
server.listen(80, () => console.log("listening"));
