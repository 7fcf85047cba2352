import logging
import os
from http.server import BaseHTTPRequestHandler, HTTPServer

os.makedirs("logs", exist_ok=True)
logging.basicConfig(level=logging.INFO, handlers=[logging.FileHandler("logs/app.log")])


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        logging.info("GET %s", self.path)
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"%d requests so far\n" % len(open("logs/app.log").readlines()))


HTTPServer(("", 8000), Handler).serve_forever()
