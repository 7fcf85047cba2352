#!/usr/bin/python3
import argparse
import hashlib
import pathlib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

parser = argparse.ArgumentParser()
parser.add_argument("--port", type=int, default=8080)
parser.add_argument("--dir", type=pathlib.Path, default=pathlib.Path("/var/lib/pastebin"))
args = parser.parse_args()


class Pastebin(BaseHTTPRequestHandler):
    def reply(self, status, body):
        self.send_response(status)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        name = pathlib.Path(self.path).name
        if not name:
            pastes = sum(1 for _ in args.dir.iterdir())
            return self.reply(200, f"pastebin, {pastes} pastes\n".encode())
        file = args.dir / name
        return self.reply(200, file.read_bytes()) if file.is_file() else self.reply(404, b"not found\n")

    def do_POST(self):
        data = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        name = hashlib.sha256(data).hexdigest()[:10]
        (args.dir / name).write_bytes(data)
        self.reply(201, f"/{name}\n".encode())


ThreadingHTTPServer(("", args.port), Pastebin).serve_forever()
