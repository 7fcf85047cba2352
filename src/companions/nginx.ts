import { isIP } from "node:net";
import { ConfigFacts } from "./config-reader.ts";
import { parseNginx, type NginxDirective, type NginxWord } from "./nginx-syntax.ts";
import { withRedirects } from "./nginx-redirects.ts";
import { portNumber } from "./source-text.ts";
import type { ConfigWrite, ServerConfig } from "./types.ts";

/** @throws {CompanionError} where it is not nginx configuration. */
export function readNginx(path: string, text: string): ServerConfig {
  const facts = new ConfigFacts(path, text, "nginx");
  const waiting: { directive: NginxDirective; within: readonly string[] }[] = [];
  const plan = (directives: readonly NginxDirective[], within: readonly string[]): void => {
    for (const directive of directives.toReversed()) waiting.push({ directive, within });
  };
  const directives = parseNginx(path, text);
  const upstreams = upstreamNames(directives);
  plan(directives, []);
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const { directive, within } = next;
    readDirective(facts, directive, within, upstreams);
    if (directive.block) {
      // What matters is where one stands, not how deep.
      plan(directive.block, within.length < DEEPEST_CONTEXT ? [...within, directive.name] : within);
    }
  }
  const result = facts.result();
  return { ...result, ports: withRedirects(text, directives, result.ports) };
}

/** Does the text have nginx's shape: blocks and directives that are nginx's own? */
export function looksLikeNginx(text: string): boolean {
  return (
    /(?:^|[\s;{}])(?:server|http|events|upstream|stream|location\s+\S+)\s*\{/.test(text) ||
    /^\s*(?:listen|server_name|proxy_pass|proxy_set_header|gzip|add_header|client_max_body_size|worker_processes)\s[^;{}]*;/m.test(
      text,
    )
  );
}

/** `upstream web { … }` makes `http://web` a name of this file, not a host. */
function upstreamNames(directives: readonly NginxDirective[]): ReadonlySet<string> {
  const places = [
    ...directives,
    ...directives.flatMap(({ name, block }) => (name === "http" ? (block ?? []) : [])),
  ];
  return new Set(places.flatMap(({ name, args }) => (name === "upstream" && args[0] ? [args[0].value] : [])));
}

function readDirective(
  facts: ConfigFacts,
  directive: NginxDirective,
  within: readonly string[],
  upstreams: ReadonlySet<string>,
): void {
  const { name, args } = directive;
  const first = args[0];
  if (name === "server" && directive.block && !within.includes("upstream")) {
    if (!within.includes("stream") && !within.includes("mail")) readServerBlock(facts, directive);
    return;
  }
  if (!first) return;
  if (name === "listen") readListen(facts, directive, first, within);
  else if (name === "user") facts.user(first.value, valueSpan(first), directive);
  else if (name === "include") facts.includes.push(first.value);
  else if (name === "server" && within.includes("upstream")) readUpstream(facts, directive, first);
  else if (REACHING.has(name)) readReaching(facts, directive, first, upstreams);
  else if (READING.has(name)) facts.reads.push(first.value);
  else if (name in WRITING) readWrite(facts, WRITING[name]!, first);
}

/** A server block without `listen` listens on 80 as root (and on 8000 otherwise). */
function readServerBlock(facts: ConfigFacts, server: NginxDirective): void {
  const children = server.block!;
  const mayListen = children.some(({ name }) => name === "listen" || name === "include");
  if (mayListen || server.blockStart === null) return;
  const { text } = facts.source;
  const firstChild = children[0];
  const gap = firstChild ? /^\s*/.exec(text.slice(server.blockStart, firstChild.start))![0] : " ";
  const place = { start: server.blockStart, end: server.blockStart };
  facts.listen(place, 80, "server without listen", { implied: { before: `${gap}listen `, after: ";" } });
}

function readListen(
  facts: ConfigFacts,
  directive: NginxDirective,
  address: NginxWord,
  within: readonly string[],
): void {
  const says = facts.source.text.slice(directive.start, directive.end).replace(/;$/, "");
  const options = directive.args.slice(1).map(({ value }) => value);
  const protocol = options.includes("udp") || options.includes("quic") ? "udp" : "tcp";
  const { value } = address;
  if (value.startsWith("unix:")) {
    facts.write("socket", value.slice("unix:".length), valueSpan(address), NGINX_PREFIX);
    return;
  }
  if (!address.plain && /\d$/.test(value)) {
    facts.unknown(directive.start, says);
    return;
  }
  const { host, port, portEnd } = LISTEN.exec(value)?.groups ?? {};
  const number = port === undefined ? null : portNumber(port);
  if (number !== null) {
    const start = address.valueStart + value.length - port!.length - (portEnd ? portEnd.length + 1 : 0);
    facts.listen({ start, end: start + port!.length }, number, says, {
      protocol,
      ...(host && { host: host.replace(/^\[|\]$/g, "") }),
      ...(portEnd && { portEnd: Number(portEnd) }),
    });
  } else if (isAddress(value) && !within.includes("stream") && !within.includes("mail")) {
    const end = address.valueStart + value.length;
    facts.listen({ start: end, end }, 80, says, {
      protocol,
      host: value.replace(/^\[|\]$/g, ""),
      implied: { before: ":", after: "" },
    });
  } else {
    facts.unknown(directive.start, says);
  }
}

function isAddress(value: string): boolean {
  return value === "*" || isIP(value.replace(/^\[|\]$/g, "")) !== 0 || /^[a-z][a-z0-9.-]*$/i.test(value);
}

/** `server web:80 weight=5;` in an upstream: without a port it is 80. */
function readUpstream(facts: ConfigFacts, directive: NginxDirective, word: NginxWord): void {
  if (!word.plain || word.value.startsWith("unix:")) return;
  const says = facts.source.text.slice(directive.start, directive.end);
  if (/^[\w.-]+$/.test(word.value)) {
    const end = word.valueStart + word.value.length;
    facts.port({ start: end, end }, 80, "reach", says, {
      host: word.value.toLowerCase(),
      implied: { before: ":", after: "" },
    });
  } else {
    facts.reach(word.value, word.valueStart, says);
  }
}

function readReaching(
  facts: ConfigFacts,
  directive: NginxDirective,
  first: NginxWord,
  upstreams: ReadonlySet<string>,
): void {
  // `set $upstream http://web:80;` is how a name is resolved late.
  const word = directive.name === "set" ? directive.args[1] : first;
  if (!word?.plain || upstreams.has(word.value.replace(/^\w+:\/\//, "").split("/")[0]!)) return;
  facts.reach(word.value, word.valueStart, facts.source.text.slice(directive.start, directive.end));
}

function readWrite(facts: ConfigFacts, what: ConfigWrite["what"], word: NginxWord): void {
  if (/^(?:off|stderr|syslog:.*|memory:.*|on|\$.*)$/.test(word.value)) return;
  facts.write(what, word.value, valueSpan(word), NGINX_PREFIX);
}

function valueSpan(word: NginxWord): { start: number; end: number } {
  return word.plain ? { start: word.valueStart, end: word.valueStart + word.value.length } : word;
}

/** Where the packaged nginx resolves relative paths. */
const NGINX_PREFIX = "/etc/nginx";
const DEEPEST_CONTEXT = 20;
const LISTEN = /^(?:(?<host>\[[0-9a-fA-F:.]+\]|[^:[\]]+):)?(?<port>\d{1,5})(?:-(?<portEnd>\d{1,5}))?$/;
const REACHING = new Set([
  "proxy_pass",
  "fastcgi_pass",
  "uwsgi_pass",
  "scgi_pass",
  "grpc_pass",
  "memcached_pass",
  "set",
  "auth_http",
]);
const READING = new Set([
  "ssl_certificate",
  "ssl_certificate_key",
  "ssl_dhparam",
  "ssl_trusted_certificate",
  "auth_basic_user_file",
]);
const WRITING: Readonly<Record<string, ConfigWrite["what"]>> = {
  pid: "pid",
  lock_file: "pid",
  error_log: "log",
  access_log: "log",
  client_body_temp_path: "temp",
  proxy_temp_path: "temp",
  fastcgi_temp_path: "temp",
  uwsgi_temp_path: "temp",
  scgi_temp_path: "temp",
  proxy_cache_path: "cache",
  fastcgi_cache_path: "cache",
  uwsgi_cache_path: "cache",
  scgi_cache_path: "cache",
};
