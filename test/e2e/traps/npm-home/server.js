const text = "registry: " + process.env.npm_config_registry;
require("http")
  .createServer((request, response) => response.end(text))
  .listen(3000);
