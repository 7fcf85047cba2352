import os
from http.server import BaseHTTPRequestHandler, HTTPServer

class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        try:
            with open(os.path.join(os.environ["BOX"], "letter"), "wb") as file:
                file.write(b"x")
            self.send_response(201)
        except OSError:
            self.send_response(500)
        self.end_headers()

HTTPServer(("", 8000), Handler).serve_forever()
