import { describe, expect, it } from "vitest";
import { readLog } from "../../src/verify/log-phrases.ts";

describe("what programs say when they may not", () => {
  it.each([
    // Ports
    ["Error: listen EACCES: permission denied 0.0.0.0:80", "listen", null, 80],
    ["nginx: [emerg] bind() to 0.0.0.0:80 failed (13: Permission denied)", "listen", null, 80],
    ["2024/01/01 00:00:00 listen tcp :80: bind: permission denied", "listen", null, 80],
    ["(13)Permission denied: AH00072: make_sock: could not bind to address [::]:80", "listen", null, 80],
    ["[ERROR] Can't connect to ('0.0.0.0', 80): [Errno 13] Permission denied", "listen", null, undefined],
    ["java.net.SocketException: Permission denied", "listen", null, null],
    // Paths
    ["Error: EACCES: permission denied, open '/app/uploads/x'", "write", "/app/uploads/x", null],
    ["Error: EACCES: permission denied, mkdir 'tmp'", "write", "tmp", null],
    ["PermissionError: [Errno 13] Permission denied: '/app/logs'", "write", "/app/logs", null],
    [
      'nginx: [emerg] open() "/run/nginx.pid" failed (13: Permission denied)',
      "write",
      "/run/nginx.pid",
      null,
    ],
    [
      'nginx: [emerg] mkdir() "/var/cache/nginx/client_temp" failed (13: Permission denied)',
      "write",
      "/var/cache/nginx/client_temp",
      null,
    ],
    [
      "app.rb:3:in `initialize': Permission denied @ rb_sysopen - log/production.log (Errno::EACCES)",
      "write",
      "log/production.log",
      null,
    ],
    [
      "java.io.FileNotFoundException: /var/log/app/orders.log (Permission denied)",
      "write",
      "/var/log/app/orders.log",
      null,
    ],
    ["java.nio.file.AccessDeniedException: /data/x", "write", "/data/x", null],
    [
      "System.UnauthorizedAccessException: Access to the path '/app/data' is denied.",
      "write",
      "/app/data",
      null,
    ],
    [
      "PHP Warning:  file_put_contents(/var/www/x): Failed to open stream: Permission denied in /x.php on line 3",
      "write",
      "/var/www/x",
      null,
    ],
    ["panic: open /data/visits.txt: permission denied", "write", "/data/visits.txt", null],
    [
      "FileSystemException: Cannot open file, path = '/srv/db' (OS Error: Permission denied, errno = 13)",
      "write",
      "/srv/db",
      null,
    ],
    ['Fatal error: exception Unix.Unix_error(Unix.EACCES, "open", "/srv/db")', "write", "/srv/db", null],
    ["app: /srv/db: openFile: permission denied (Permission denied)", "write", "/srv/db", null],
    [
      'ERROR: LoadError: IOError: mkdir("/srv/db"; mode=0o777): permission denied (EACCES)',
      "write",
      "/srv/db",
      null,
    ],
    ['** (File.Error) could not write to file "/srv/db": permission denied', "write", "/srv/db", null],
    ["Could not open log: Keine Berechtigung", "other", null, null],
    ["{error,eacces}", "other", null, null],
    ["mkdir: cannot create directory ‘/var/lib/x’: Permission denied", "write", "/var/lib/x", null],
    ["mkdir: can't create directory 'state': Permission denied", "write", "state", null],
    [
      "/start.sh: line 3: can't create /etc/status.conf: Permission denied",
      "write",
      "/etc/status.conf",
      null,
    ],
    ["/start.sh: 3: cannot create /etc/status.conf: Permission denied", "write", "/etc/status.conf", null],
    ["/start.sh: line 3: /etc/status.conf: Permission denied", "write", "/etc/status.conf", null],
    ["touch: cannot touch '/x/y': Permission denied", "write", "/x/y", null],
    ["sqlite3.OperationalError: attempt to write a readonly database", "write", null, null],
    [
      "thread 'main' panicked: Os { code: 13, kind: PermissionDenied, message: \"Permission denied\" }",
      "other",
      null,
      null,
    ],
    // Programs
    ["exec /entrypoint.sh: permission denied", "execute", "/entrypoint.sh", null],
    [
      'OCI runtime create failed: exec: "/start.sh": permission denied: unknown',
      "execute",
      "/start.sh",
      null,
    ],
    // Homes
    ["npm ERR! Error: EACCES: permission denied, mkdir '/nonexistent'", "home", null, null],
    ["Error: $HOME is not defined", "home", null, null],
    // Who one is
    ["setgid: Operation not permitted", "identity", null, null],
    ['error: failed switching to "app": operation not permitted', "identity", null, null],
    ["This program must be run as root", "identity", null, null],
    ["chown: changing ownership of '/data': Operation not permitted", "identity", "/data", null],
    // Read-only
    ["sh: can't create /x: Read-only file system", "read-only", null, null],
    ["Error: EROFS: read-only file system, open '/x'", "read-only", "/x", null],
  ] as const)("%s", (line, refusal, path, port) => {
    const signs = readLog(`before\n${line}\nafter`);
    expect(signs).toMatchObject([{ refusal, path, ...(port !== undefined && { port }) }]);
  });

  it("leaves other lines alone, and what programs do well without", () => {
    const log = [
      "GET /admin 403 Forbidden",
      "listening on 0.0.0.0:80",
      "permissions checked",
      "10-listen-on-ipv6-by-default.sh: info: can not modify /etc/nginx/conf.d/default.conf (read-only file system?)",
    ];
    expect(readLog(log.join("\n"))).toEqual([]);
  });

  it("sees through colours, and is not slow on long lines", () => {
    expect(readLog("\x1b[31mError: EACCES: permission denied, open '/x'\x1b[0m")[0]?.path).toBe("/x");
    const start = performance.now();
    readLog(`can't ${"a ".repeat(50_000)}`);
    readLog(`${"/a".repeat(50_000)}: nothing`);
    expect(performance.now() - start).toBeLessThan(1000);
  });
});
