import http.server, os, shutil, sqlite3, sys
import settings

class Handler(http.server.SimpleHTTPRequestHandler):
    def translate_path(self, path):
        return str(settings.STATIC_ROOT) + path.removeprefix("/static")
    def do_POST(self):
        os.makedirs(settings.MEDIA_ROOT, exist_ok=True)
        with open(settings.MEDIA_ROOT / os.path.basename(self.path), "wb") as file:
            file.write(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(201)
        self.end_headers()

if sys.argv[1] == "migrate":
    sqlite3.connect(settings.DATABASES["default"]["NAME"]).execute("CREATE TABLE IF NOT EXISTS auth (id)")
elif sys.argv[1] == "collectstatic":
    shutil.copytree(settings.BASE_DIR / "assets", settings.STATIC_ROOT, dirs_exist_ok=True)
else:
    http.server.ThreadingHTTPServer(("", 8000), Handler).serve_forever()
