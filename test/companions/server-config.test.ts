import { describe, expect, test } from "vitest";
import { readServerConfig, type ServerConfig } from "../../src/companions/index.ts";
import { brief, expectExactSites, expectLine } from "./sites.ts";

function read(path: string, text: string, destination: string | null = null): ServerConfig {
  const config = readServerConfig(path, text, destination)!;
  expect(config?.problem).toBeUndefined();
  expectExactSites(text, config.ports);
  for (const one of [...config.writes, ...config.users]) expectLine(text, one);
  return config;
}

const files = (config: ServerConfig) => config.writes.map(({ what, path }) => `${what} ${path}`);

test("apache", () => {
  const text = `ServerRoot "/usr/local/apache2"
Define HTTP 80
# Listen 90
Listen 80
Listen [::]:443 https
Listen \${HTTP}
User www-data
Group www-data
PidFile logs/httpd.pid
ErrorLog \${APACHE_LOG_DIR}/error.log
CustomLog "|/usr/bin/rotatelogs x" common
CustomLog "/var/log/a b.log" \\
   combined
CustomLog /dev/stdout common
IncludeOptional conf-enabled/*.conf
<VirtualHost *:80 [::1]:8081>
  ServerName example.com:80
  ProxyPass /api http://api:80/
  RewriteRule ^ https://%{SERVER_NAME}%{REQUEST_URI} [R=301]
</VirtualHost>
<VirtualHost _default_:443>
</VirtualHost>
`;
  const config = read("httpd.conf", text, "/usr/local/apache2/conf/httpd.conf");
  expect(config.server).toBe("apache");
  expect(brief(config.ports)).toEqual([
    "listen 80",
    "listen :::443",
    "listen *:80",
    "listen ::1:8081",
    "reach api:80",
    "listen _default_:443",
  ]);
  expect(config.open).toMatchObject([{ line: 6, variable: "HTTP" }]);
  expect(config.users).toMatchObject([{ name: "www-data", line: 7 }]);
  expect(files(config)).toEqual([
    "pid /usr/local/apache2/logs/httpd.pid",
    "log /var/log/apache2/error.log",
    "log /var/log/a b.log",
  ]);
  expect(config.includes).toEqual(["conf-enabled/*.conf"]);
});

test("apache's ports.conf of Debian", () => {
  const config = read("ports.conf", "Listen 80\n<IfModule ssl_module>\n\tListen 443\n</IfModule>\n");
  expect(brief(config.ports)).toEqual(["listen 80", "listen 443"]);
});

test("supervisord", () => {
  const config = read(
    "supervisord.conf",
    `[unix_http_server]
file=/run/supervisor.sock   ; the socket
[inet_http_server]
port = 127.0.0.1:9001
[supervisord]
user=root
logfile=/var/log/supervisor/supervisord.log
pidfile=/var/run/supervisord.pid
nodaemon=true
[program:nginx]
command=nginx -g "daemon off;"
stdout_logfile=/dev/stdout
[program:app]
command=/app/run --port 80
user=app
stderr_logfile=/var/log/app/%(program_name)s.log
[include]
files = /etc/supervisor/conf.d/*.conf
`,
  );
  expect(brief(config.ports)).toEqual(["listen 9001", "listen 80"]);
  expect(config.users.map(({ name }) => name)).toEqual(["root", "app"]);
  expect(config.programs).toMatchObject([
    { name: "nginx", user: null, line: 11 },
    { name: "app", command: "/app/run --port 80", user: "app" },
  ]);
  expect(files(config)).toEqual([
    "socket /run/supervisor.sock",
    "log /var/log/supervisor/supervisord.log",
    "pid /var/run/supervisord.pid",
    "log /var/log/app",
  ]);
  expect(config.includes).toEqual(["/etc/supervisor/conf.d/*.conf"]);
});

describe("ports of other formats", () => {
  test.each([
    ["caddy", "Caddyfile", ":80 {\n\treverse_proxy web:80\n}\n", ["listen 80", "reach web:80"]],
    [
      "caddy",
      "Caddyfile",
      "http://example.com, example.com:8443 {\n\tfile_server\n}\n",
      ["listen example.com:(80)", "listen example.com:8443"],
    ],
    [
      "caddy",
      "Caddyfile",
      "{\n\thttp_port 80\n}\n:{$PORT:80} {\n\trespond ok\n}\n",
      ["listen 80", "listen 80"],
    ],
    ["caddy", "Caddyfile", "example.com\nfile_server\n", ["listen example.com:(443)"]],
    [
      "haproxy",
      "haproxy.cfg",
      "global\n  user haproxy\ndefaults\n  mode http\nfrontend a\n  bind *:80,[::]:443 ssl crt /x\nbackend b\n  server s1 web:80 check\n",
      ["listen *:80", "listen [::]:443", "reach web:80"],
    ],
    [
      "lighttpd",
      "lighttpd.conf",
      'server.document-root = "/srv"\nserver.port = 80\n$SERVER["socket"] == "[::]:81" { }\n',
      ["listen 80", "listen 81"],
    ],
    ["lighttpd", "lighttpd.conf", 'server.document-root = "/srv"\n', ["listen (80)"]],
    [
      "tomcat",
      "server.xml",
      '<!-- <Connector port="1"/> -->\n<Server port="8005">\n<Connector port="80"\n protocol="HTTP/1.1"/></Server>',
      ["listen 80"],
    ],
    [
      "php-fpm",
      "www.conf",
      "[www]\nuser = www-data\nlisten = 127.0.0.1:9000\npm = dynamic\n",
      ["listen 9000"],
    ],
    [
      "spring",
      "application.properties",
      "# server.port=1\nserver.port=80\nmanagement.server.port: 81\n",
      ["listen 80", "listen 81"],
    ],
    ["spring", "application.properties", "server.port=${PORT:80}\n", ["listen 80"]],
    [
      "spring",
      "src/application-prod.yml",
      "server:\n  port: 80\n---\nserver.port: ${PORT:81}\n",
      ["listen 80", "listen 81"],
    ],
    [
      "uwsgi",
      "uwsgi.ini",
      "[uwsgi]\nhttp = :80\nsocket = 0.0.0.0:3031\nuid = www-data\n",
      ["listen 80", "listen 3031"],
    ],
    ["redis", "redis.conf", 'port 6379\ndir /data\nlogfile ""\n', ["listen 6379"]],
  ])("%s: %s", (format, path, text, expected) => {
    const config = read(path, text);
    expect(config.format).toBe(format);
    expect(brief(config.ports)).toEqual(expected);
  });
});

describe("files of other formats", () => {
  test.each([
    [
      "php-fpm.conf",
      "[global]\npid = /run/php-fpm.pid\nerror_log = /proc/self/fd/2\n[www]\nlisten = /run/php.sock\naccess.log = log/a.log\npm = static\n",
      ["pid /run/php-fpm.pid", "socket /run/php.sock", "log /usr/local/log/a.log"],
    ],
    [
      "logback.xml",
      '<configuration><property name="LOGS" value="./logs"/><file>${LOGS}/a.log</file></configuration>',
      ["log logs/a.log"],
    ],
    [
      "log4j2.xml",
      '<Configuration><RollingFile name="a" fileName="/var/log/a.log" filePattern="x/$${date}.gz"/></Configuration>',
      ["log /var/log/a.log"],
    ],
    [
      "application.yml",
      "server: {port: 8080}\nlogging:\n  file:\n    name: logs/app.log\n",
      ["log logs/app.log"],
    ],
    ["Caddyfile", ":80 {\n\tlog {\n\t\toutput file /var/log/c.log\n\t}\n}\n", ["log /var/log/c.log"]],
    ["redis.conf", "port 1\ndir /data\npidfile /run/r.pid\n", ["data /data", "pid /run/r.pid"]],
  ])("%s", (path, text, expected) => {
    expect(files(read(path, text))).toEqual(expected);
  });
});

describe("recognition", () => {
  test.each([
    ["web/site", "server { listen 80; }", "/etc/nginx/conf.d/site", "nginx"],
    ["docker/default.conf", "server {\n  listen 80;\n  listen 443 ssl;\n}", null, "nginx"],
    ["default.conf.template", "server { listen ${PORT}; }", null, "nginx"],
    ["docker/vhost.conf", "<VirtualHost *:80>\n</VirtualHost>", null, "apache"],
    ["docker/site.conf", "Listen 80", "/etc/apache2/ports.conf", "apache"],
    ["docker/app.conf", "[program:x]\ncommand=x", "/etc/supervisor/conf.d/app.conf", "supervisord"],
  ])("%s at %s", (path, text, destination, format) => {
    expect(readServerConfig(path, text, destination)?.format).toBe(format);
  });

  test.each([
    ["README.md", "server { listen 80; }"],
    ["src/nginx.ts", "const x = `server { listen 80; }`;"],
    ["application.conf", "akka {\n  http { server { x = 1 } }\n}"],
    ["my.cnf", "[mysqld]\nport=3306"],
    ["k8s/nginx.yaml", "kind: Service"],
    ["nginx.conf", ""],
  ])("%s is no server's configuration", (path, text) => {
    expect(readServerConfig(path, text, null)).toBeNull();
  });

  test("long lines and deep markup end", () => {
    for (const name of [
      "httpd.conf",
      "supervisord.conf",
      "Caddyfile",
      "haproxy.cfg",
      "server.xml",
      "lighttpd.conf",
      "uwsgi.ini",
      "application.properties",
      "redis.conf",
    ]) {
      for (const piece of ["a ", "<a ", '"', "\\\n", "x=", "{ ", "$", "Listen ", "server.port ="]) {
        readServerConfig(name, `Listen 80\n[uwsgi]\n<Connector\n${piece.repeat(30_000)}`, null);
      }
    }
  });
});
