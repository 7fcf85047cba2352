import type { Base } from "../model.ts";
import { isInside, isSystemDirectory, isSystemPath } from "../paths.ts";
import { UNKNOWN_MODE, exactly } from "./mode.ts";
import type { Accounts } from "./owners.ts";
import { ABSENT, type Facts } from "./tree.ts";

const BASE: Omit<Facts, "user" | "group"> = {
  exists: "yes",
  kind: "directory",
  by: "base",
  step: null,
  mode: UNKNOWN_MODE,
  link: null,
};

/** Directories that are not 0755: the Filesystem Hierarchy Standard and what distributions ship agree on these. */
const OWN_MODES: Readonly<Record<string, number>> = { "/tmp": 0o1777, "/var/tmp": 0o1777, "/root": 0o700 };

/** Set up by each distribution as it likes: 2775 and group staff on Debian, sticky, closed. */
const ODD = new Set([
  "/var/lock",
  "/var/mail",
  "/var/local",
  "/media",
  "/mnt",
  "/proc",
  "/sys",
  "/dev",
  "/run",
]);

/** Where packages of servers put pages and applications. */
const SERVED = ["/usr/share/nginx/html", "/usr/local/apache2", "/usr/local/tomcat", "/var/www/html"];

const TREES = ["/run", "/var/cache", "/var/lib", "/var/log", "/var/run", "/var/spool"];

/** What the base image has at a path, as far as its profile and what all distributions share tell. */
export function baseFacts({ image, inferred }: Base, accounts: Accounts): (path: string) => Facts {
  const unknown = image === null || inferred;
  const empty = image?.distro === "scratch";
  const homes = new Map(
    (image?.users ?? [])
      .filter(({ home }) => home !== null && /^\/home\/./.test(home))
      .map((user) => [user.home!, accounts.process(user.name)]),
  );
  // Who owns them is up to the image; the profile does not say it.
  const made = [image?.workdir ?? "/", ...(image?.volumes ?? [])].filter((path) => path !== "/");
  const special = [...made, ...SERVED, ...(image?.writablePaths ?? []).map((w) => w.path)];
  return (path) => {
    if (path === "/") return { ...BASE, user: "0", group: "0", mode: exactly(0o755) };
    if (empty) return ABSENT;
    const home = homes.get(path);
    if (home) return { ...BASE, ...home };
    if (made.includes(path)) return { ...BASE, user: null, group: null };
    if (isSystemDirectory(path)) {
      const mode = OWN_MODES[path] ?? (ODD.has(path) || unknown ? null : 0o755);
      const odd = ODD.has(path) || /^\/usr\/local(\/|$)|^\/var\/www$/.test(path);
      return {
        ...BASE,
        exists: unknown || !SURE.has(path) ? "maybe" : "yes",
        user: "0",
        group: odd ? null : "0",
        mode: mode === null || odd ? UNKNOWN_MODE : exactly(mode),
      };
    }
    const maybe: Facts = { ...BASE, exists: "maybe", kind: null, user: null, group: null };
    for (const [directory, owner] of homes) if (isInside(path, directory)) return { ...maybe, ...owner };
    if (special.some((directory) => isInside(path, directory))) return maybe;
    // A package may have put it there, as whose it likes.
    if (isSystemPath(path) || TREES.some((tree) => isInside(path, tree))) return maybe;
    return unknown ? maybe : ABSENT;
  };
}

/** In every image that has a distribution in it. */
const SURE = new Set(
  "/bin /dev /etc /home /lib /proc /root /sys /tmp /usr /usr/bin /usr/lib /usr/local /usr/sbin /usr/share /var /var/cache /var/lib /var/log /var/run /var/tmp /opt /run /sbin /mnt /media /srv".split(
    " ",
  ),
);

/** The paths of the base that have an owner of their own. */
export function ownPaths({ image }: Base): string[] {
  return (image?.users ?? []).flatMap(({ home }) => (home !== null && /^\/home\/./.test(home) ? [home] : []));
}
