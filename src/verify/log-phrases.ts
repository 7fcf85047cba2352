/** What programs say when they may not do what root could: how each language puts it, and what it names. */

export type Refusal = "write" | "listen" | "execute" | "home" | "identity" | "read-only" | "other";

export interface LogSign {
  readonly refusal: Refusal;
  /** The line as it was logged, trimmed. */
  readonly line: string;
  /** The path that was refused, as the program named it; may be relative. */
  readonly path: string | null;
  readonly port: number | null;
}

/** The lines of a log that tell of a missing right. */
export function readLog(log: string): LogSign[] {
  const signs: LogSign[] = [];
  for (const raw of log.split(/\r?\n/)) {
    // eslint-disable-next-line no-control-regex -- colours
    const line = raw.replace(/\x1b\[[0-9;]*m/g, "").trim();
    const sign = readLine(line.slice(0, LONGEST_LINE));
    if (sign) signs.push(sign);
  }
  return signs;
}

function readLine(line: string): LogSign | null {
  if (HARMLESS.some((pattern) => pattern.test(line))) return null;
  for (const { refusal, pattern } of PHRASES) {
    const match = pattern.exec(line);
    if (!match) continue;
    const { path, bare, port } = match.groups ?? {};
    return {
      refusal,
      line,
      path: (path ?? bare)?.trim() || null,
      port: port === undefined ? null : Number(port),
    };
  }
  return null;
}

/** A path as programs quote it, or a bare one. */
const QUOTED = String.raw`['"‘\`“](?<path>[^\s'"’\`”]+)['"’\`”]`;
const BARE = String.raw`(?<path>[^\s:'"]*[^\s:'",.)])`;
const DENIED = String.raw`(?:[Pp]ermission denied|PERMISSION DENIED|[Oo]peration not permitted)`;

/** The first that fits counts: what names a path or a port stands before what only complains. */
const PHRASES: readonly { readonly refusal: Refusal; readonly pattern: RegExp }[] = [
  // Ports
  // Node: Error: listen EACCES: permission denied 0.0.0.0:80
  { refusal: "listen", pattern: /listen (?:EACCES|EPERM)\b.*?(?::(?<port>\d+))?$/ },
  // nginx: bind() to 0.0.0.0:80 failed (13: Permission denied)
  { refusal: "listen", pattern: /bind\(\) to \S*?:(?<port>\d+) failed \(13/ },
  // Go: listen tcp :80: bind: permission denied
  {
    refusal: "listen",
    pattern: /listen (?:tcp|udp)[46]? \S*:(?<port>\d+): bind: (?:permission denied|operation not permitted)/,
  },
  // Apache: (13)Permission denied: AH00072: make_sock: could not bind to address [::]:80
  { refusal: "listen", pattern: /could not bind to (?:address )?\S*?:(?<port>\d+)/i },
  // gunicorn, uvicorn, Java, Rust, lighttpd, HAProxy, Puma
  {
    refusal: "listen",
    pattern:
      /(?:can't connect to|cannot bind|can't bind|unable to bind|failed to bind|could not bind|bind failed|starting proxy).*?(?:[:( ](?<port>\d{1,5})\b)?.*(?:denied|not permitted|EACCES|errno 13|could not bind|cannot bind)/i,
  },
  {
    refusal: "listen",
    pattern:
      /could not bind|(?:java\.net\.(?:Socket|Bind)Exception: (?:Permission denied|Operation not permitted))|(?:attempting to bind on address|bind on) .*?(?<port>\d+)\)?: permission denied/i,
  },

  // Programs that may not be started
  { refusal: "execute", pattern: new RegExp(String.raw`exec(?:ve)?:? ${QUOTED}:? .*?${DENIED}`) },
  { refusal: "execute", pattern: /(?:^|\s)exec (?<path>\/\S+): permission denied/i },
  { refusal: "execute", pattern: /stat (?<path>\/\S+): permission denied: unknown/ },

  // Home directories
  {
    refusal: "home",
    pattern:
      /\$?HOME\b.*?(?:not set|is not defined|not found|does not exist|not writable)|(?:cannot|can't|could not|unable to|failed to) (?:find|determine|create|locate|get|access) (?:the )?(?:user'?s? )?home|no home directory|\/nonexistent\b/i,
  },

  // Who one is
  {
    refusal: "identity",
    pattern:
      /\b(?:setgroups|setuid|setgid|seteuid|setegid|initgroups|setresuid|setresgid)\b.*(?:not permitted|denied|failed|EPERM)/i,
  },
  {
    refusal: "identity",
    pattern:
      /(?:must|need(?:s)? to|has to|can only|should) be (?:run|started|executed|invoked)? ?(?:as|by|with) (?:the )?(?:root|super-?user)|must be root|are you root|requires? (?:root|superuser)|only root (?:can|may)|not running as root|need root privileges|Can't drop privilege/i,
  },
  {
    refusal: "identity",
    pattern:
      /failed switching to "|(?:su|gosu|su-exec|runuser|setpriv|sudo):.*(?:denied|not permitted|must be|effective uid is not 0)/i,
  },
  {
    refusal: "identity",
    pattern: new RegExp(
      String.raw`(?:chown|chgrp|lchown|fchown)\b.*?(?:${QUOTED}|(?<bare>\/\S+)).*?${DENIED}`,
      "i",
    ),
  },

  // Read-only
  { refusal: "read-only", pattern: /\bEROFS\b.*?(?:'(?<path>[^']+)')?$|read-only file ?system/i },

  // Paths
  // Node: EACCES: permission denied, open '/app/x'
  { refusal: "write", pattern: /\b(?:EACCES|EPERM): .*?(?:, \w+ )'(?<path>[^']+)'/ },
  // Python: [Errno 13] Permission denied: '/app/logs'
  {
    refusal: "write",
    pattern: /\[Errno (?:13|1)\] (?:Permission denied|Operation not permitted): b?['"](?<path>[^'"]+)['"]/,
  },
  // nginx: open() "/run/nginx.pid" failed (13: Permission denied)
  { refusal: "write", pattern: /\w+\(\) "(?<path>[^"]+)" failed \(13: / },
  // Ruby: Permission denied @ rb_sysopen - log/production.log (Errno::EACCES)
  { refusal: "write", pattern: /Permission denied @ \w+ - (?<path>\S+)/ },
  // Java: java.io.FileNotFoundException: /var/log/x (Permission denied), AccessDeniedException: /x
  { refusal: "write", pattern: /(?<path>\/\S+) \(Permission denied\)/ },
  { refusal: "write", pattern: /AccessDeniedException: (?<path>\/?\S+)/ },
  // .NET: Access to the path '/app/x' is denied.
  { refusal: "write", pattern: /Access to the path '(?<path>[^']+)' is denied/ },
  // PHP: file_put_contents(/x): Failed to open stream: Permission denied
  {
    refusal: "write",
    pattern: /\w+\((?<path>[^)\s,]+)[^)]*\): (?:[Ff]ailed to open (?:stream|dir): )?Permission denied/,
  },
  // Go: open /data/x: permission denied; Rust: Permission denied (os error 13)
  {
    refusal: "write",
    pattern:
      /\b(?:open|openat|mkdir|mkdirat|create|remove|rename|unlink|unlinkat|chmod|symlink|link|truncate|fork\/exec|write|stat|lstat|chdir|chtimes) (?<path>[^\s:]+): (?:permission denied|operation not permitted)/,
  },
  // Shells and coreutils: mkdir: cannot create directory '/x': Permission denied; sh: can't create /x: Permission denied
  {
    refusal: "write",
    pattern: new RegExp(
      String.raw`(?:cannot|can't|could not|couldn't|unable to|failed to) [\w ]*?:? ?${QUOTED}.*?${DENIED}`,
      "i",
    ),
  },
  {
    refusal: "write",
    pattern: new RegExp(
      String.raw`(?:cannot|can't|could not|couldn't|unable to|failed to) (?:[a-z]+ )+?(?<path>[/.\w][^\s:'"]*[/.][^\s:'"]*): ${DENIED}`,
      "i",
    ),
  },
  // sh: 3: cannot create /x: Permission denied is above; bash: /start.sh: line 3: /etc/x: Permission denied
  { refusal: "write", pattern: new RegExp(String.raw`line \d+: ${BARE}: ${DENIED}`) },
  { refusal: "write", pattern: new RegExp(String.raw`^[\w./-]+: ${BARE}: ${DENIED}`) },
  { refusal: "write", pattern: new RegExp(String.raw`${QUOTED}.{0,40}?${DENIED}`) },
  { refusal: "write", pattern: new RegExp(String.raw`${DENIED}[:,]? (?:.{0,40}? )?${QUOTED}`) },
  { refusal: "write", pattern: /(?<path>\/[\w./-]*\w): [Pp]ermission denied/ },
  { refusal: "write", pattern: /[Pp]ermission denied[:,]? (?<path>\/[\w./-]*\w)/ },
  // Dart: FileSystemException: Cannot open file, path = '/x' (OS Error: Permission denied, errno = 13)
  {
    refusal: "write",
    pattern: /FileSystemException: .*?path = '(?<path>[^']+)' \(OS Error: Permission denied/,
  },
  // OCaml: Unix.Unix_error(Unix.EACCES, "open", "/x")
  { refusal: "write", pattern: /Unix\.E(?:ACCES|PERM), "\w+", "(?<path>[^"]*)"/ },
  // Haskell: /x: openFile: permission denied (Permission denied)
  { refusal: "write", pattern: /(?<path>\/[^\s:]+): \w+: permission denied \(Permission denied\)/ },
  // Julia: SystemError: opening file "/x": Permission denied; IOError: mkdir("/x"; mode=0o777): permission denied (EACCES)
  { refusal: "write", pattern: /IOError: \w+\("(?<path>[^"]+)".*?\): permission denied \(EACCES\)/ },
  // Elixir: (File.Error) could not write to file "/x": permission denied
  { refusal: "write", pattern: /\(File\.Error\) .*?"(?<path>[^"]+)": (?:permission denied|not owner)/ },
  // R: cannot open file '/x': Permission denied is above; Lua: cannot open file '/x' (Permission denied)
  { refusal: "write", pattern: /cannot open (?:file )?'(?<path>[^']+)' \(Permission denied\)/ },
  // Swift: You don’t have permission to save the file “x” in the folder “y”.
  { refusal: "write", pattern: /You don.t have permission to save the file “(?<path>[^”]+)”/ },
  // SQLite
  {
    refusal: "write",
    pattern: /attempt to write a readonly database|unable to open database file|SQLITE_(?:READONLY|CANTOPEN)/,
  },

  // Anything else that says it
  {
    refusal: "other",
    pattern:
      /\bEACCES\b|\bEPERM\b|permission denied|operation not permitted|access (?:is )?denied|os error 13\b|errno 13\b|\(13\)|not writable|isn't writable|is not writeable|\beacces\b|\beperm\b|error\.AccessDenied\b|UnauthorizedAccessException|NoPermission\b|PermissionDenied\b/i,
  },
  // The same in the C library's other languages.
  {
    refusal: "other",
    pattern:
      /Keine Berechtigung|Vorgang nicht zulässig|Permission non accordée|Opération non permise|Permiso denegado|Operación no permitida|Permissão negada|Permesso negato|Toegang geweigerd|Brak dostępu|Отказано в доступе|許可がありません|权限不够|허가 거부/,
  },
];

/** What programs say and then do without; where it has an effect, that is seen elsewhere. */
const HARMLESS = [
  // nginx's entrypoint would like to listen on IPv6; whether it does is seen on its ports.
  /10-listen-on-ipv6-by-default\.sh: /,
  /the "user" directive makes sense only if the master process runs with super-user privileges/,
  /'(user|group)' directive is ignored when FPM is not running as root/,
];

const LONGEST_LINE = 2000;
