import { posix } from "node:path";
import { looksLikeApache, readApache } from "./apache.ts";
import { ConfigFacts } from "./config-reader.ts";
import { CompanionError } from "./errors.ts";
import { looksLikeNginx, readNginx } from "./nginx.ts";
import type { ServerConfig } from "./types.ts";

interface Format {
  readonly server: ServerConfig["server"];
  readonly format: string;
  /** Where the file goes in the image: sure by itself. */
  readonly place: RegExp | null;
  /** The file's name: sure where `looksLike` agrees. */
  readonly name: RegExp;
  readonly looksLike: (text: string) => boolean;
  readonly read: (path: string, text: string, destination: string | null) => ServerConfig;
}

/**
 * Reads a file that is copied to `destination` as the configuration of a server; null where it is none that
 * is known. Never throws: a file that is not understood carries its `problem` and no facts.
 */
export function readServerConfig(
  path: string,
  text: string,
  destination: string | null,
): ServerConfig | null {
  if (text.length > LARGEST_FILE || text.includes("\0")) return null;
  const format = recognise(path, text, destination);
  if (!format) return null;
  try {
    return format.read(path, text, destination);
  } catch (error) {
    if (!(error instanceof CompanionError)) throw error;
    const { line, message } = error;
    return {
      ...new ConfigFacts(path, "", format.server, format.format).result(),
      problem: { line, message },
    };
  }
}

function recognise(path: string, text: string, destination: string | null): Format | null {
  const places = [...(destination === null ? [] : [destination]), `/${path}`];
  const names = places.map((place) => posix.basename(place).replace(TEMPLATE_SUFFIX, ""));
  for (const place of places) {
    const placed = FORMATS.find((format) => format.place?.test(place) && format.looksLike(text));
    if (placed) return placed;
  }
  for (const name of names) {
    const named = FORMATS.find((format) => format.name.test(name) && format.looksLike(text));
    if (named) return named;
  }
  return null;
}

const LARGEST_FILE = 1_000_000;
const TEMPLATE_SUFFIX = /\.(?:template|tmpl|tpl|j2|dist|sample|example|in|erb)$/i;
const FORMATS: readonly Format[] = [
  {
    server: "apache",
    format: "apache",
    place: /\/(?:apache2|httpd)\/|\/sites-(?:available|enabled)\/000-default(?:\.conf)?$/,
    name: /(?:^|[.-])(?:apache2?|httpd|vhosts?|ports|000-default|default-ssl)[\w.-]*(?:\.conf)?$|\.(?:conf|vhost)$/i,
    looksLike: looksLikeApache,
    read: readApache,
  },
  {
    server: "nginx",
    format: "nginx",
    place: /\/nginx\//,
    name: /nginx|\.conf$|^default$|\.nginx$/i,
    looksLike: looksLikeNginx,
    read: readNginx,
  },
];
