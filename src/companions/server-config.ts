import { posix } from "node:path";
import { looksLikeApache, readApache } from "./apache.ts";
import { ConfigFacts } from "./config-reader.ts";
import { CompanionError } from "./errors.ts";
import { looksLikeCaddy, readCaddy } from "./caddy.ts";
import { looksLikeEnvoy, readEnvoy } from "./envoy.ts";
import { looksLikeHaproxy, readHaproxy } from "./haproxy.ts";
import { looksLikeLighttpd, readLighttpd } from "./lighttpd.ts";
import { looksLikePhpFpm, readPhpFpm } from "./php-fpm.ts";
import { looksLikeSpringYaml, readLogProperties, readProperties, readSpringYaml } from "./properties.ts";
import { looksLikeProcfile, readProcfile } from "./procfile.ts";
import { looksLikeRedis, readRedis } from "./redis.ts";
import { looksLikeSupervisord, readSupervisord } from "./supervisord.ts";
import { readLogConfig, readTomcat } from "./tomcat.ts";
import { looksLikeTraefik, readTraefik } from "./traefik.ts";
import { looksLikeUwsgi, readUwsgi } from "./uwsgi.ts";
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
  const recognised = recognise(path, text, destination);
  if (!recognised) return null;
  const { format, sure } = recognised;
  try {
    return format.read(path, text, destination);
  } catch (error) {
    if (!(error instanceof CompanionError)) throw error;
    if (!sure) return null; // another format that only looked like it
    const { line, message } = error;
    return {
      ...new ConfigFacts(path, "", format.server, format.format).result(),
      problem: { line, message },
    };
  }
}

function recognise(
  path: string,
  text: string,
  destination: string | null,
): { format: Format; sure: boolean } | null {
  if (OTHER_FILE.test(path) && (destination === null || OTHER_FILE.test(destination))) return null;
  const places = [...(destination === null ? [] : [destination]), `/${path}`];
  const names = places.map((place) => posix.basename(place).replace(TEMPLATE_SUFFIX, ""));
  for (const place of places) {
    const placed = FORMATS.find((format) => format.place?.test(place) && format.looksLike(text));
    if (placed) return { format: placed, sure: true };
  }
  for (const name of names) {
    const named = FORMATS.find((format) => format.name.test(name) && format.looksLike(text));
    if (named) return { format: named, sure: name.toLowerCase().includes(named.format) };
  }
  return null;
}

const LARGEST_FILE = 1_000_000;
const TEMPLATE_SUFFIX = /\.(?:template|tmpl|tpl|j2|dist|sample|example|in|erb)$/i;
/** What is not configuration, whatever its name says. */
const OTHER_FILE =
  /\.(?:[cm]?[jt]sx?|go|rs|sh|md|rst|txt|html?|css|json|Dockerfile|dockerfile|java|kt|rb|php|cs|lua|patch|service|svg|png)$/;
const FORMATS: readonly Format[] = [
  {
    server: "supervisord",
    format: "supervisord",
    place: /\/supervisor(?:d|\.d)?\//,
    name: /supervisor|\.ini$|\.conf$/i,
    looksLike: looksLikeSupervisord,
    read: readSupervisord,
  },
  {
    server: "php-fpm",
    format: "php-fpm",
    place: /\/php(?:-fpm|\d*)?[^/]*\/.*\.conf$|php-fpm\.d\//,
    name: /fpm|(?:^|[.-])www\.conf$|pools?\.conf$/i,
    looksLike: looksLikePhpFpm,
    read: readPhpFpm,
  },
  {
    server: "apache",
    format: "apache",
    place: /\/(?:apache2|httpd)\/|\/sites-(?:available|enabled)\/000-default(?:\.conf)?$/,
    name: /(?:^|[.-])(?:apache2?|httpd|vhosts?|ports|000-default|default-ssl)[\w.-]*$|\.(?:conf|vhost)$/i,
    looksLike: looksLikeApache,
    read: readApache,
  },
  {
    server: "nginx",
    format: "nginx",
    place: /\/(?:nginx|openresty)\//,
    name: /^(?!.*\.ya?ml$).*nginx|\.conf$|^default$/i,
    looksLike: looksLikeNginx,
    read: readNginx,
  },
  {
    server: "caddy",
    format: "caddy",
    place: /\/Caddyfile[^/]*$|\.caddy(?:file)?$/i,
    name: /^Caddyfile|\.caddy(?:file)?$/i,
    looksLike: looksLikeCaddy,
    read: readCaddy,
  },
  {
    server: "haproxy",
    format: "haproxy",
    place: /\/haproxy\/.*\.cfg$/,
    name: /haproxy.*\.(?:cfg|conf)$|\.cfg$/i,
    looksLike: looksLikeHaproxy,
    read: readHaproxy,
  },
  {
    server: "lighttpd",
    format: "lighttpd",
    place: /\/lighttpd\//,
    name: /lighttpd|\.conf$/i,
    looksLike: looksLikeLighttpd,
    read: readLighttpd,
  },
  {
    server: "tomcat",
    format: "tomcat",
    place: null,
    name: /^server.*\.xml$/i,
    looksLike: (text) => /<Connector\b/.test(text),
    read: readTomcat,
  },
  {
    server: "other",
    format: "logback",
    place: null,
    name: /^(?:logback|log4j2?)[\w-]*\.xml$/i,
    looksLike: (text) => /<(?:configuration|log4j:configuration)\b/i.test(text),
    read: readLogConfig,
  },
  {
    server: "other",
    format: "log4j",
    place: null,
    name: /^log4j2?[\w-]*\.properties$/,
    looksLike: (text) => /appender/.test(text),
    read: readLogProperties,
  },
  {
    server: "other",
    format: "spring",
    place: null,
    name: /^(?:application|bootstrap)(?:-[\w-]+)?\.properties$/,
    looksLike: () => true,
    read: readProperties,
  },
  {
    server: "other",
    format: "spring",
    place: null,
    name: /^(?:application|bootstrap)(?:-[\w-]+)?\.ya?ml$/,
    looksLike: looksLikeSpringYaml,
    read: readSpringYaml,
  },
  {
    server: "other",
    format: "traefik",
    place: /\/traefik\/.*\.ya?ml$/,
    name: /traefik.*\.ya?ml$/i,
    looksLike: looksLikeTraefik,
    read: readTraefik,
  },
  {
    server: "other",
    format: "envoy",
    place: /\/envoy\/.*\.ya?ml$/,
    name: /envoy.*\.ya?ml$/i,
    looksLike: looksLikeEnvoy,
    read: readEnvoy,
  },
  {
    server: "other",
    format: "uwsgi",
    place: /\/uwsgi\//,
    name: /uwsgi|\.ini$/i,
    looksLike: looksLikeUwsgi,
    read: readUwsgi,
  },
  {
    server: "other",
    format: "procfile",
    place: null,
    name: /^Procfile(?:\.\w+)?$/,
    looksLike: looksLikeProcfile,
    read: readProcfile,
  },
  {
    server: "other",
    format: "redis",
    place: null,
    name: /redis.*\.conf$|^sentinel\.conf$/i,
    looksLike: looksLikeRedis,
    read: readRedis,
  },
];
