"""A key-value store over HTTP; one file per key in the working directory."""
import os
import pathlib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Store(BaseHTTPRequestHandler):
    def reply(self, status, body=b""):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        key = pathlib.Path(self.path).name
        if not key:
            return self.reply(200, f"kv store, uid {os.getuid()}\n".encode())
        file = pathlib.Path(key)
        return self.reply(200, file.read_bytes()) if file.is_file() else self.reply(404)

    def do_PUT(self):
        data = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        pathlib.Path(pathlib.Path(self.path).name).write_bytes(data)
        self.reply(201)


ThreadingHTTPServer(("", 7379), Store).serve_forever()
