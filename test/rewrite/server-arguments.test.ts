import { describe, expect, test } from "vitest";
import { rewrite } from "../../src/rewrite/index.ts";
import { memoryTree } from "../../src/file-tree/memory.ts";

/** How each server is told its port, in shell or exec form; the second text is what has to come of it. */
const STARTS: readonly (readonly [server: string, before: string, after: string])[] = [
  ["gunicorn", "gunicorn -b 0.0.0.0:80 app:app", "gunicorn -b 0.0.0.0:8080 app:app"],
  ["gunicorn, IPv6", "gunicorn --bind=[::]:80 app:app", "gunicorn --bind=[::]:8080 app:app"],
  [
    "gunicorn behind a shell",
    'exec gunicorn --workers "$WORKERS" --bind :80 app:app',
    'exec gunicorn --workers "$WORKERS" --bind :8080 app:app',
  ],
  [
    "gunicorn on a socket too",
    '["gunicorn", "-b", "unix:/run/app.sock", "-b", ":80", "app"]',
    '["gunicorn", "-b", "unix:/run/app.sock", "-b", ":8080", "app"]',
  ],
  [
    "uvicorn",
    '["uvicorn", "app:app", "--host", "0.0.0.0", "--port", "80"]',
    '["uvicorn", "app:app", "--host", "0.0.0.0", "--port", "8080"]',
  ],
  ["uvicorn with a default", "uvicorn app:app --port ${PORT:-80}", "uvicorn app:app --port ${PORT:-8080}"],
  ["hypercorn", "hypercorn --bind 0.0.0.0:80 app:app", "hypercorn --bind 0.0.0.0:8080 app:app"],
  [
    "hypercorn, several",
    '["hypercorn", "app:app", "--insecure-bind", "[::]:80"]',
    '["hypercorn", "app:app", "--insecure-bind", "[::]:8080"]',
  ],
  ["daphne", "daphne -b 0.0.0.0 -p 80 app.asgi", "daphne -b 0.0.0.0 -p 8080 app.asgi"],
  ["waitress", "waitress-serve --listen=*:80 app:app", "waitress-serve --listen=*:8080 app:app"],
  [
    "flask",
    '["flask", "run", "-h", "0.0.0.0", "-p", "80"]',
    '["flask", "run", "-h", "0.0.0.0", "-p", "8080"]',
  ],
  [
    "django",
    '["python", "manage.py", "runserver", "0.0.0.0:80"]',
    '["python", "manage.py", "runserver", "0.0.0.0:8080"]',
  ],
  ["django, IPv6", "python manage.py runserver [::]:80", "python manage.py runserver [::]:8080"],
  ["http.server", '["python3", "-m", "http.server", "80"]', '["python3", "-m", "http.server", "8080"]'],
  [
    "http.server with options",
    "python -m http.server --directory /srv --bind 0.0.0.0 80",
    "python -m http.server --directory /srv --bind 0.0.0.0 8080",
  ],
  ["uwsgi", "uwsgi --http :80 --module app", "uwsgi --http :8080 --module app"],
  [
    "uwsgi, its protocol",
    '["uwsgi", "--http-socket=0.0.0.0:80", "--wsgi-file", "app.py"]',
    '["uwsgi", "--http-socket=0.0.0.0:8080", "--wsgi-file", "app.py"]',
  ],
  ["streamlit", "streamlit run app.py --server.port=80", "streamlit run app.py --server.port=8080"],
  ["serve", '["serve", "-s", "build", "-l", "80"]', '["serve", "-s", "build", "-l", "8080"]'],
  ["serve, an address", "serve -s build -l tcp://0.0.0.0:80", "serve -s build -l tcp://0.0.0.0:8080"],
  ["serve by npx", "npx serve -l 80 dist", "npx serve -l 8080 dist"],
  ["http-server", '["http-server", "-p", "80", "dist"]', '["http-server", "-p", "8080", "dist"]'],
  ["http-server, joined", "http-server dist -p80", "http-server dist -p8080"],
  ["next", '["npx", "next", "start", "-p", "80"]', '["npx", "next", "start", "-p", "8080"]'],
  ["vite preview", "vite preview --host --port 80", "vite preview --host --port 8080"],
  ["npm with words for the server", "npm start -- --port=80", "npm start -- --port=8080"],
  ["puma", '["puma", "-b", "tcp://0.0.0.0:80"]', '["puma", "-b", "tcp://0.0.0.0:8080"]'],
  ["puma by bundler", "bundle exec puma -p 80", "bundle exec puma -p 8080"],
  ["thin", "thin start -a 0.0.0.0 -p 80", "thin start -a 0.0.0.0 -p 8080"],
  [
    "thin by bundler",
    '["bundle", "exec", "thin", "-p", "80", "start"]',
    '["bundle", "exec", "thin", "-p", "8080", "start"]',
  ],
  ["rails", '["rails", "s", "-b", "0.0.0.0", "-p", "80"]', '["rails", "s", "-b", "0.0.0.0", "-p", "8080"]'],
  ["rails by its binstub", "bin/rails server --port 80", "bin/rails server --port 8080"],
  ["rackup", "rackup -o 0.0.0.0 -p 80", "rackup -o 0.0.0.0 -p 8080"],
  ["php", "php -S 0.0.0.0:80 -t public", "php -S 0.0.0.0:8080 -t public"],
  ["php, IPv6", '["php", "-S", "[::]:80"]', '["php", "-S", "[::]:8080"]'],
  ["artisan", "php artisan serve --host=0.0.0.0 --port=80", "php artisan serve --host=0.0.0.0 --port=8080"],
  [
    "java",
    '["java", "-Dserver.port=80", "-jar", "a.jar"]',
    '["java", "-Dserver.port=8080", "-jar", "a.jar"]',
  ],
  ["java, of the program", "java -jar a.jar --server.port=80", "java -jar a.jar --server.port=8080"],
  ["dotnet", "dotnet a.dll --urls http://+:80", "dotnet a.dll --urls http://+:8080"],
  [
    "caddy's files",
    '["caddy", "file-server", "--listen", ":80", "--root", "/srv"]',
    '["caddy", "file-server", "--listen", ":8080", "--root", "/srv"]',
  ],
  [
    "caddy's proxy",
    "caddy reverse-proxy --from :80 --to backend:80",
    "caddy reverse-proxy --from :8080 --to backend:80",
  ],
  [
    "busybox",
    '["busybox", "httpd", "-f", "-p", "80", "-h", "/srv"]',
    '["busybox", "httpd", "-f", "-p", "8080", "-h", "/srv"]',
  ],
  ["traefik", "traefik --entryPoints.web.address=:80", "traefik --entryPoints.web.address=:8080"],
  ["a variable before the command", "PORT=80 node server.js", "PORT=8080 node server.js"],
];

describe("a server that its arguments tell the port", () => {
  test.each(STARTS)("%s", async (_, before, after) => {
    const dockerfile = `FROM debian:12\nWORKDIR /app\nEXPOSE 80\nCMD ${before}\n`;
    const { files, ports } = await rewrite(memoryTree({ Dockerfile: dockerfile }), "Dockerfile");
    expect(ports).toEqual([{ from: 80, to: 8080, protocol: "tcp" }]);
    expect(files[0]!.after).toContain("\nEXPOSE 8080\n");
    expect(files[0]!.after.split("\n").find((line) => line.startsWith("CMD"))).toBe(`CMD ${after}`);
  });
});

/** Words of the same commands that are about other things. */
const OTHERS = [
  "curl -p 80 backend",
  "gunicorn --timeout 80 -b :8000 app",
  "wait-for-it db:80 -- node server.js",
  "socat TCP-LISTEN:8000,fork TCP:backend:80",
];

describe("a number of another meaning is no port of this container", () => {
  test.each(OTHERS)("%s", async (command) => {
    const dockerfile = `FROM debian:12\nWORKDIR /app\nCMD ${command}\n`;
    const { ports, changes } = await rewrite(memoryTree({ Dockerfile: dockerfile }), "Dockerfile");
    expect(ports).toEqual([]);
    expect(changes.map(({ id }) => id)).not.toContain("ports:80");
  });
});
