import { ConfigFacts } from "./config-reader.ts";
import { portNumber } from "./source-text.ts";
import type { ConfigWrite, ServerConfig, Span } from "./types.ts";

interface Word extends Span {
  readonly value: string;
}

interface Directive extends Span {
  readonly name: string;
  readonly args: readonly Word[];
}

/**
 * Apache's configuration is line by line. `destination` tells which layout it belongs to: Debian's, the
 * official image's or Red Hat's, which differ in where relative paths begin.
 */
export function readApache(path: string, text: string, destination: string | null): ServerConfig {
  const facts = new ConfigFacts(path, text, "apache");
  const directives = parseApache(text);
  const variables = new Map(DEBIAN_VARIABLES);
  let root = serverRoot(destination ?? path);
  for (const { name, args } of directives) {
    if (name === "define" && args[0]) variables.set(args[0].value, args[1]?.value ?? "");
    if (name === "serverroot" && args[0]) root = args[0].value;
  }
  const resolved = (value: string): string =>
    value.replace(/\$\{(\w+)\}/g, (whole, name: string) => variables.get(name) ?? whole);
  for (const directive of directives) readDirective(facts, directive, resolved, root);
  return facts.result();
}

export function looksLikeApache(text: string): boolean {
  return APACHE_LINE.test(text);
}

function readDirective(
  facts: ConfigFacts,
  directive: Directive,
  resolved: (value: string) => string,
  root: string,
): void {
  const { name, args } = directive;
  const says = facts.source.text.slice(directive.start, directive.end);
  const first = args[0];
  if (!first) return;
  if (name === "listen") readAddress(facts, first, says);
  else if (name === "<virtualhost") for (const word of args) readAddress(facts, word, says);
  else if (name === "namevirtualhost") readAddress(facts, first, says);
  else if (name === "user") facts.user(resolved(first.value), first, directive);
  else if (name === "include" || name === "includeoptional") facts.includes.push(resolved(first.value));
  else if (READING.has(name)) facts.reads.push(resolved(first.value));
  else if (REACHING.has(name)) for (const word of args) facts.reach(word.value, word.start, says);
  else if (name in WRITING && !/^[|"]|^(?:syslog|none)\b/i.test(first.value)) {
    // `Mutex file:/path default` and `SSLSessionCache shmcb:/path(512000)` name a kind first.
    const value = resolved(first.value)
      .replace(/^(?:file|flock|fcntl|shmcb|dbm|shm):/, "")
      .replace(/\(\d+\)$/, "");
    if (name === "mutex" && !/[/]/.test(value)) return;
    facts.write(WRITING[name]!, value, first, root);
  }
}

/** `80`, `*:80`, `[::]:80`, `192.0.2.1:80`, `_default_:443`; a host alone fixes no port. */
function readAddress(facts: ConfigFacts, word: Word, says: string): void {
  const { host, port } = ADDRESS.exec(word.value)?.groups ?? {};
  const number = port === undefined ? null : portNumber(port);
  if (number !== null) {
    const span = { start: word.end - port!.length, end: word.end };
    facts.listen(span, number, says, host ? { host: host.replace(/^\[|\]$/g, "") } : {});
  } else if (word.value.includes("$")) {
    facts.unknown(word.start, says);
  }
}

function parseApache(text: string): Directive[] {
  const directives: Directive[] = [];
  LINE.lastIndex = 0;
  for (const match of text.matchAll(LINE)) {
    const words = wordsOf(match[0], match.index);
    const [first, ...args] = words;
    if (!first || first.value.startsWith("#") || first.value.startsWith("</")) continue;
    const end = words.at(-1)!.end;
    const section = first.value.startsWith("<");
    const last = args.at(-1);
    // The `>` of a section ends its last word.
    if (section && last?.value.endsWith(">")) {
      args[args.length - 1] = { value: last.value.slice(0, -1), start: last.start, end: last.end - 1 };
    }
    directives.push({
      name: first.value.toLowerCase(),
      args: args.filter(({ value }) => value !== ""),
      start: first.start,
      end,
    });
  }
  return directives;
}

function wordsOf(line: string, offset: number): Word[] {
  return [...line.matchAll(WORD)].map((match) => {
    const quoted = match[1] ?? match[2];
    const start = offset + match.index + (quoted === undefined ? 0 : 1);
    const value = quoted ?? match[0];
    return { value, start, end: start + value.length };
  });
}

function serverRoot(place: string): string {
  if (place.startsWith("/usr/local/apache2")) return "/usr/local/apache2";
  if (place.startsWith("/etc/httpd")) return "/etc/httpd";
  if (place.startsWith("/etc/apache2")) return "/etc/apache2";
  return "/usr/local/apache2";
}

/** Names and sections that are Apache's; nginx has a `listen` too, which ends in `;`, ini files have `=`. */
const APACHE_LINE =
  /^[ \t]*(?:<(?:VirtualHost|Directory|IfModule|LocationMatch|FilesMatch)\b|Listen[ \t]+(?:\S+:)?\d+(?:[ \t]+\w+)?[ \t]*\r?$|(?:ServerName|ServerRoot|DocumentRoot|LoadModule|RewriteEngine|ProxyPass|CustomLog|ErrorLog|AddType|SetEnvIf)[ \t]+(?!=)[^;{\n]*$)/im;
/** A line and those that continue it. */
const LINE = /^(?:[^\n\\]|\\(?!\r?\n)|\\\r?\n)+/gm;
const WORD = /"((?:[^"\\]|\\[^])*)"|'((?:[^'\\]|\\[^])*)'|(?:[^\s\\]|\\(?!\r?\n))+/g;
const ADDRESS = /^(?:(?<host>\[[0-9a-fA-F:.]+\]|[^:[\]]*):)?(?<port>\d{1,5})$/;
/** What Debian's /etc/apache2/envvars sets. */
const DEBIAN_VARIABLES: ReadonlyMap<string, string> = new Map([
  ["APACHE_LOG_DIR", "/var/log/apache2"],
  ["APACHE_RUN_DIR", "/var/run/apache2"],
  ["APACHE_LOCK_DIR", "/var/lock/apache2"],
  ["APACHE_PID_FILE", "/var/run/apache2/apache2.pid"],
  ["APACHE_RUN_USER", "www-data"],
  ["APACHE_RUN_GROUP", "www-data"],
  ["APACHE_CONFDIR", "/etc/apache2"],
]);
const REACHING = new Set(["proxypass", "proxypassmatch", "balancermember", "rewriterule"]);
const READING = new Set(["sslcertificatefile", "sslcertificatekeyfile", "sslcertificatechainfile"]);
const WRITING: Readonly<Record<string, ConfigWrite["what"]>> = {
  pidfile: "pid",
  lockfile: "pid",
  mutex: "pid",
  scoreboardfile: "pid",
  errorlog: "log",
  customlog: "log",
  transferlog: "log",
  forensiclog: "log",
  rewritelog: "log",
  cacheroot: "cache",
  sslsessioncache: "cache",
  davlockdb: "data",
};
