/** Whole compose projects, asked at their published ports before and after the rewrite. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { discover } from "../../src/file-tree/discover.ts";
import { diskTree } from "../../src/file-tree/disk.ts";
import { rewrite } from "../../src/rewrite/index.ts";
import { ask, ComposeProject, freePort, missingCompose, textsOf } from "./support/compose.ts";
import { withEngine } from "./support/engine.ts";
import { withProject } from "./support/project.ts";

interface Case {
  /** `PORT1`, `PORT2` … stand for free ports of the host. */
  readonly files: Readonly<Record<string, string>>;
  readonly services: readonly string[];
  /** `PORT1/path`, with `https:` in front where it is meant. */
  readonly asks: readonly string[];
}

const PAGE = "<h1>hello</h1>\n";
const JAVA = new URL("../../examples/java-spring-like/", import.meta.url).pathname;

const CASES: Readonly<Record<string, Case>> = {
  "nginx, apache and php as they come": {
    files: {
      "compose.yaml": `services:
  site:
    build: site
    ports: ["PORT1:80"]
  archive:
    build: archive
    ports:
      - target: 80
        published: PORT2
  forum:
    build: forum
    ports:
      - "PORT3:80"
    environment:
      ARCHIVE: http://archive
    depends_on: [archive]
`,
      "site/Dockerfile": "FROM nginx:1.27\nCOPY html /usr/share/nginx/html\nEXPOSE 80\n",
      "site/html/index.html": PAGE,
      "site/html/docs/index.html": PAGE,
      "archive/Dockerfile": "FROM httpd:2.4\nCOPY html /usr/local/apache2/htdocs\n",
      "archive/html/index.html": PAGE,
      "archive/html/docs/index.html": PAGE,
      "forum/Dockerfile":
        "FROM php:8-apache\nCOPY forum.conf /etc/apache2/sites-available/000-default.conf\nCOPY www /var/www/html\n",
      "forum/forum.conf":
        "<VirtualHost *:80>\n  DocumentRoot /var/www/html\n  <Directory /var/www/html>\n    Require all granted\n  </Directory>\n</VirtualHost>\n",
      "forum/www/index.php":
        '<?php echo strlen(file_get_contents(getenv("ARCHIVE") . "/index.html")), "\\n";\n',
    },
    services: ["site", "archive", "forum"],
    asks: ["PORT1/", "PORT1/docs", "PORT2/", "PORT3/index.php"],
  },

  "nginx with TLS before node": {
    files: {
      "compose.yaml": `services:
  edge:
    build:
      context: edge
    ports:
      - PORT1:80
      - PORT2:443
    depends_on:
      - api
  api:
    build: api
    user: root
    environment:
      - PORT=80
    expose: [80]
    healthcheck:
      test: ["CMD", "node", "-e", "fetch('http://localhost:80/')"]
`,
      "edge/Dockerfile": `FROM nginx:1.27
RUN mkdir /etc/nginx/tls && openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=edge \\
    -keyout /etc/nginx/tls/edge.key -out /etc/nginx/tls/edge.crt
COPY edge.conf /etc/nginx/conf.d/default.conf
EXPOSE 80 443
`,
      "edge/edge.conf": `server {
    listen 80 default_server;
    listen [::]:80 default_server;
    return 301 https://edge.example$request_uri;
}
server {
    listen 443 ssl;
    listen [::]:443 ssl;
    ssl_certificate /etc/nginx/tls/edge.crt;
    ssl_certificate_key /etc/nginx/tls/edge.key;
    location / {
        proxy_pass http://api:80/;
    }
}
`,
      "api/Dockerfile": 'FROM node:20-slim\nWORKDIR /app\nCOPY . .\nEXPOSE 80\nCMD ["node", "server.js"]\n',
      "api/server.js": `require("http").createServer((request, response) => response.end("api " + request.url + "\\n")).listen(process.env.PORT || 3000);\n`,
    },
    services: ["edge", "api"],
    asks: ["PORT1/orders", "https:PORT2/orders"],
  },

  "nginx templates before python and java": {
    files: {
      "compose.yaml": `x-build: &limits
  restart: unless-stopped
services:
  web:
    <<: *limits
    build: ./web
    environment:
      NGINX_PORT: "80"
      REPORTS: reports:80
    ports:
      - "\${WEB_PORT:-PORT1}:80"
    depends_on: [reports, orders]
  reports:
    <<: *limits
    build: ./reports
  orders:
    <<: *limits
    build: ./orders
`,
      "web/Dockerfile":
        "FROM nginx:1.27\nRUN rm /etc/nginx/conf.d/default.conf\nCOPY templates /etc/nginx/templates\nENV NGINX_PORT=80\nEXPOSE 80\n",
      "web/templates/site.conf.template": `server {
    listen \${NGINX_PORT};
    location /reports/ { proxy_pass http://\${REPORTS}/; }
    location /orders/ { proxy_pass http://orders:80/; }
}
`,
      "reports/Dockerfile":
        'FROM python:3.12-slim\nWORKDIR /reports\nCOPY index.html .\nEXPOSE 80\nCMD ["python", "-m", "http.server", "80"]\n',
      "reports/index.html": PAGE,
      ...textsOf(JAVA, "orders"),
    },
    services: ["web", "reports", "orders"],
    asks: ["PORT1/reports/", "PORT1/orders/"],
  },

  "a script of package.json, an anchor and a closed tmpfs": {
    files: {
      "compose.yaml": `x-app: &app
  build: app
  user: root
services:
  shop:
    <<: *app
    ports: ["PORT1:80"]
    tmpfs:
      - /data:mode=0700
  stock:
    <<: *app
    user: "\${STOCK_USER:-root}"
    ports: ["PORT2:80"]
`,
      "app/Dockerfile":
        'FROM node:20-slim\nWORKDIR /app\nCOPY package.json server.js ./\nEXPOSE 80\nCMD ["npm", "start"]\n',
      "app/package.json": `{ "name": "app", "scripts": { "start": "node \\"server.js\\" --port 80" } }\n`,
      "app/server.js": `const fs = require("fs");
require("http").createServer((request, response) => {
  fs.writeFileSync("/data/last", request.url);
  response.end(fs.readFileSync("/data/last"));
}).listen(Number(process.argv[3]));
fs.mkdirSync("/data", { recursive: true });
`,
    },
    services: ["shop", "stock"],
    asks: ["PORT1/a", "PORT2/b"],
  },
};

withEngine("compose projects", () => {
  const missing = missingCompose();
  for (const [title, given] of Object.entries(CASES)) {
    it.skipIf(missing !== null && process.env["DEROOT_E2E"] !== "required")(
      missing === null ? title : `${title} (skipped: ${missing})`,
      async () => {
        expect(missing).toBeNull();
        const ports = [await freePort(), await freePort(), await freePort()];
        const fill = (text: string): string =>
          text.replace(/PORT([123])(?!\d)/g, (_, index: string) => String(ports[Number(index) - 1]));
        const files = Object.fromEntries(
          Object.entries(given.files).map(([path, text]) => [path, fill(text)]),
        );
        const urls = given.asks.map((url) =>
          fill(url).replace(/^(https:)?/, (_, scheme = "http:") => `${scheme}//127.0.0.1:`),
        );
        await withProject(files, async (folder) => {
          const name = `deroot-e2e-${ports[0]}`;
          const before = await answers(new ComposeProject(folder, name), urls);
          expect(before.map(({ status }) => status)).not.toContain(500);
          await migrate(folder);
          const after = new ComposeProject(folder, name);
          after.restrict(given.services);
          expect(await answers(after, urls, given.services)).toEqual(before);
        });
      },
    );
  }
});

/** Every Dockerfile of the folder, one after the other, as `deroot migrate --write` does. */
async function migrate(folder: string): Promise<void> {
  for (const { path } of discover(await diskTree(folder).list()).dockerfiles) {
    const result = await rewrite(diskTree(folder), path);
    expect(result.status, `${path}: ${result.reason?.message}`).toBe("rewritten");
    for (const file of result.files) writeFileSync(join(folder, file.path), file.after);
  }
}

async function answers(
  project: ComposeProject,
  urls: readonly string[],
  unprivileged: readonly string[] = [],
): Promise<Awaited<ReturnType<typeof ask>>[]> {
  try {
    project.up();
    for (const [service, user] of Object.entries(project.users(unprivileged)))
      expect(user, service).toMatch(/^[1-9]\d*/);
    const all = [];
    for (const url of urls) all.push(await ask(url));
    return all;
  } catch (error) {
    throw new Error(`${(error as Error).message}\n${project.logs()}`, { cause: error });
  } finally {
    project.down();
  }
}
