/**
 * Hosts and ports inside a value: `http://web:80/x`, `web:80`, `amqp://user:pw@queue:5672`, `http://web`.
 * The value itself comes from a parsed file; this reads the little grammar inside it.
 */
export interface Authority {
  readonly host: string;
  readonly scheme: string | null;
  /** The port, written or implied by the scheme; null where neither says one. */
  readonly port: number | null;
  /** The digits, or the empty place behind the host where they would go. Offsets into the value. */
  readonly start: number;
  readonly end: number;
  readonly written: boolean;
}

export function authorities(value: string): readonly Authority[] {
  const found: Authority[] = [];
  if (value.length > LONGEST_VALUE) return found;
  for (const match of value.matchAll(AUTHORITY)) {
    const { scheme, host, port } = match.groups!;
    const end = match.index + match[0].length;
    if (port === undefined) {
      if (scheme === undefined) continue;
      const implied = DEFAULT_PORTS[scheme.toLowerCase()] ?? null;
      found.push({ host: bare(host!), scheme, port: implied, start: end, end, written: false });
    } else if (Number(port) >= 1 && Number(port) <= 65535) {
      found.push({
        host: bare(host!),
        scheme: scheme ?? null,
        port: Number(port),
        start: end - port.length,
        end,
        written: true,
      });
    }
  }
  return found;
}

export function isLoopback(host: string): boolean {
  return (
    host === "localhost" || host === "::1" || host === "0.0.0.0" || host === "::" || host.startsWith("127.")
  );
}

function bare(host: string): string {
  return host.replace(/^\[|\]$/g, "").toLowerCase();
}

const LONGEST_VALUE = 20_000;
const DEFAULT_PORTS: Readonly<Record<string, number>> = { http: 80, ws: 80, https: 443, wss: 443 };
/** Each part is bounded, so that a long value cannot make it slow. */
const SCHEME = /(?:(?<scheme>[a-zA-Z][a-zA-Z0-9+.-]{0,20}):\/\/(?:[^\s/@"'`]{1,200}@)?)?/;
const HOST = /(?<host>\[[0-9a-fA-F:.]{2,45}\]|[a-zA-Z0-9_][\w.-]{0,200})/;
/** A port, or nothing that would make the host longer (`web.${DOMAIN}`) or the port a variable. */
const PORT = /(?::(?<port>\d{1,5})(?![\w.:])|(?![\w:.${-]))/;
const AUTHORITY = new RegExp(/(?<![\w.@/$}-])/.source + SCHEME.source + HOST.source + PORT.source, "g");
