from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

UPLOADS = "/srv/uploads"


class Handler(SimpleHTTPRequestHandler):
    def __init__(self, *args):
        super().__init__(*args, directory=UPLOADS)

    def do_POST(self):
        try:
            with open(UPLOADS + self.path, "wb") as file:
                file.write(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(201)
        except OSError:
            self.send_response(500)
        self.end_headers()


ThreadingHTTPServer(("", 8000), Handler).serve_forever()
