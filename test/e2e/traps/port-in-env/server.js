require("http")
  .createServer((request, response) => response.end("port from ENV\n"))
  .listen(process.env.PORT);
