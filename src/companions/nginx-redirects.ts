import type { NginxDirective } from "./nginx-syntax.ts";
import type { PortSite } from "./types.ts";

/**
 * nginx writes its own port into the redirects it makes, unless that is 80 (443 with TLS): `/docs` to
 * `http://host:8080/docs/`. Behind a published port nobody answers there. So what moves such a server to another
 * port has to write `port_in_redirect off;` too, which keeps the redirects as they were.
 */
export function withRedirects(
  text: string,
  directives: readonly NginxDirective[],
  ports: readonly PortSite[],
): PortSite[] {
  const http = directives.filter(({ name }) => name === "http").flatMap(({ block }) => block ?? []);
  if ([...directives, ...http].some(isGuard)) return [...ports];
  const servers = [...directives, ...http].filter(({ name, block }) => name === "server" && block !== null);
  return ports.map((site) => {
    const server = servers.find(({ start, end }) => start <= site.start && site.end <= end);
    if (!server || site.role !== "listen" || site.protocol !== "tcp" || !redirects(server.block!))
      return site;
    const listen = server.block!.findLast(({ name }) => name === "listen");
    if (!listen) {
      const { before, after } = site.implied ?? { before: "", after: "" };
      return {
        ...site,
        implied: { before, after: `${after}${before.replace(/listen $/, "")}port_in_redirect off;` },
      };
    }
    return {
      ...site,
      redirects: { at: listen.end, text: `${lead(text, listen.start)}port_in_redirect off;` },
    };
  });
}

function isGuard({ name, args }: NginxDirective): boolean {
  return (name === "port_in_redirect" || name === "absolute_redirect") && args[0]?.value === "off";
}

/** Whether the server answers some request with a redirect that it makes up itself. */
function redirects(server: readonly NginxDirective[]): boolean {
  if (server.some(isGuard)) return false;
  const locations = locationsIn(server);
  const everything = locations.some(({ args }) => args.length === 1 && args[0]!.value === "/");
  return (
    (!everything && answers(server)) ||
    locations.some((location) => answers(location.block!) || addsSlash(location))
  );
}

function locationsIn(block: readonly NginxDirective[]): NginxDirective[] {
  return block.flatMap((directive) =>
    directive.name === "location" && directive.block ? [directive, ...locationsIn(directive.block)] : [],
  );
}

/** Files are served, where a directory's name without its slash is redirected; or a path is named as the target. */
function answers(block: readonly NginxDirective[]): boolean {
  const of = (name: string): NginxDirective[] => block.filter((directive) => directive.name === name);
  if (
    of("rewrite").some(
      ({ args }) => args[1]?.value.startsWith("/") && /^(?:redirect|permanent)$/.test(args[2]?.value ?? ""),
    )
  )
    return true;
  const returned = of("return")[0];
  if (returned)
    return /^30\d$/.test(returned.args[0]?.value ?? "") && (returned.args[1]?.value.startsWith("/") ?? false);
  if (block.some(({ name }) => PASSES.test(name))) return false;
  const tried = of("try_files")[0];
  return tried ? tried.args.some(({ value }) => value.endsWith("/")) : true;
}

/** `location /api/ { proxy_pass …; }` redirects `/api`. */
function addsSlash({ args, block }: NginxDirective): boolean {
  const path = args.at(-1)?.value ?? "";
  return (
    args.length === 1 && path !== "/" && path.endsWith("/") && block!.some(({ name }) => PASSES.test(name))
  );
}

/** The line's end and indentation before a directive, or a blank where it does not begin its line. */
function lead(text: string, start: number): string {
  return /\r?\n[ \t]*$/.exec(text.slice(0, start))?.[0] ?? " ";
}

const PASSES = /^(?:proxy|fastcgi|uwsgi|scgi|grpc|memcached)_pass$/;
