import { describe, expect, test } from "vitest";
import { readServerConfig, type ServerConfig } from "../../src/companions/index.ts";
import { brief, expectExactSites, expectLine } from "./sites.ts";

function read(text: string): ServerConfig {
  const config = readServerConfig("nginx.conf", text, "/etc/nginx/conf.d/default.conf")!;
  expect(config.problem).toBeUndefined();
  expectExactSites(text, config.ports);
  for (const one of [...config.writes, ...config.users]) expectLine(text, one);
  return config;
}

describe("listen", () => {
  test.each([
    ["listen 80;", "listen 80"],
    ["listen 80 default_server;", "listen 80"],
    ["listen [::]:80 ipv6only=on;", "listen :::80"],
    ["listen *:80;", "listen *:80"],
    ["listen 127.0.0.1:8080;", "listen 127.0.0.1:8080"],
    ["listen localhost:8000;", "listen localhost:8000"],
    ["listen 443 ssl http2;", "listen 443"],
    ["listen 443 quic reuseport;", "listen udp 443"],
    ["listen 127.0.0.1;", "listen 127.0.0.1:(80)"],
    ["listen [::];", "listen :::(80)"],
    ["listen 8000-8010;", "listen 8000"],
    ['listen "80";', "listen 80"],
    ["listen\n  80\n  ;", "listen 80"],
  ])("%s", (directive, expected) => {
    expect(brief(read(`server { ${directive} }`).ports)).toEqual([expected]);
  });

  test("a server without one listens on 80, and says where to write it", () => {
    const text = "server {\n    root /srv;\n}\n";
    const [site] = read(text).ports;
    expect(site).toMatchObject({ port: 80, implied: { before: "\n    listen " } });
    const { before, after } = site!.implied!;
    expect(text.slice(0, site!.start) + before + 8080 + after + text.slice(site!.end)).toBe(
      "server {\n    listen 8080;\n    port_in_redirect off;\n    root /srv;\n}\n",
    );
  });

  test("a socket is a file, a variable stays open", () => {
    const { ports, writes, open } = read("server { listen unix:/run/a.sock; listen ${PORT}; listen $X:80; }");
    expect(brief(ports)).toEqual(["listen $X:80"]);
    expect(writes).toMatchObject([{ path: "/run/a.sock", what: "socket" }]);
    expect(open).toMatchObject([{ variable: "PORT" }]);
  });

  test("streams", () => {
    const { ports } = read("stream { server { listen 53 udp; proxy_pass dns:53; } server { } }");
    expect(brief(ports)).toEqual(["listen udp 53", "reach dns:53"]);
  });
});

test("what it connects to is not what it listens on", () => {
  const { ports } = read(`
http {
  upstream api { server web:80 weight=5; server other; server unix:/x.sock; }
  server {
    listen 8080;
    location / { proxy_pass http://api; }
    location /a { proxy_pass http://web:80/; }
    location /b { proxy_pass https://web; }
    location /c { set $up http://late:81; proxy_pass $up; }
    location /d { fastcgi_pass php:9000; fastcgi_pass unix:/run/php.sock; }
    location /e { return 301 https://$host:443$request_uri; }
  }
}`);
  expect(brief(ports)).toEqual([
    "reach web:80",
    "reach other:(80)",
    "listen 8080",
    "reach web:80",
    "reach web:(443)",
    "reach late:81",
    "reach php:9000",
  ]);
});

test("users, files and includes of a whole configuration", () => {
  const text = `user  nginx nginx; # who
pid /var/run/nginx.pid;
error_log /var/log/nginx/error.log warn;
events { worker_connections 1024; }
http {
    include       /etc/nginx/mime.types;
    log_format main '$remote_addr - "$request" {;}';
    access_log /dev/stdout main;
    access_log off;
    access_log logs/a.log;
    access_log /var/log/nginx/$host/x.log;
    client_body_temp_path /tmp/body;
    proxy_cache_path /var/cache/nginx/x levels=1:2 keys_zone=a:1m;
    ssl_certificate_key /etc/ssl/k.pem;
    content_by_lua_block {
        local s = "}" -- }
        local l = [==[ } ]==]
        if x then y = { 1 } end
    }
    server { listen 80; }
}
`;
  const { users, writes, includes, ports, reads } = read(text);
  expect(users).toMatchObject([{ name: "nginx", line: 1 }]);
  expect(text.slice(users[0]!.directive!.start, users[0]!.directive!.end)).toBe("user  nginx nginx;");
  expect(writes.map(({ what, path }) => `${what} ${path}`)).toEqual([
    "pid /var/run/nginx.pid",
    "log /var/log/nginx/error.log",
    "log /etc/nginx/logs/a.log",
    "log /var/log/nginx",
    "temp /tmp/body",
    "cache /var/cache/nginx/x",
  ]);
  expect(includes).toEqual(["/etc/nginx/mime.types"]);
  expect(reads).toEqual(["/etc/ssl/k.pem"]);
  expect(brief(ports)).toEqual(["listen 80"]);
});

test("CRLF and a byte order mark", () => {
  expect(brief(read("\uFEFFserver {\r\n  listen 80;\r\n}\r\n").ports)).toEqual(["listen 80"]);
});

describe("what is not understood carries its problem and no facts", () => {
  test.each([
    ["server { listen 80;", 1],
    ["server { listen 80; }\n}", 2],
    ["server {\n listen 80\n}", 2],
    ["server {\n{{ if .X }}\n listen 80;\n{{ end }}\n}", 2],
    ["server { listen '80; }", 1],
    ["server { content_by_lua_block { x = '", 1],
  ])("%s", (text, line) => {
    const config = readServerConfig("nginx.conf", text, "/etc/nginx/nginx.conf");
    expect(config).toMatchObject({ problem: { line }, ports: [] });
  });

  test("hostile input ends", () => {
    const deep = `${"server {".repeat(50_000)}listen 80;${"}".repeat(50_000)}`;
    expect(readServerConfig("nginx.conf", deep, "/etc/nginx/nginx.conf")?.ports).toHaveLength(50_000);
    readServerConfig("nginx.conf", "server { " + "${".repeat(20_000), "/etc/nginx/nginx.conf");
    readServerConfig("nginx.conf", "server { x_by_lua_block {" + "[".repeat(20_000), "/etc/nginx/nginx.conf");
    expect(readServerConfig("nginx.conf", "server {\0}", "/etc/nginx/nginx.conf")).toBeNull();
  });
});
