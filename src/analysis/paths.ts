import { posix } from "node:path";

/** A path in the image made absolute and normal; null when it is relative and the directory is not known. */
export function absolute(path: string, directory: string | null): string | null {
  const slashed = path.replace(/\\/g, "/");
  if (slashed.startsWith("/")) return trimSlash(posix.normalize(slashed));
  return directory === null ? null : trimSlash(posix.join(directory, slashed));
}

function trimSlash(path: string): string {
  return path.length > 1 && path.endsWith("/") ? path.slice(0, -1) : path;
}

/** Whether `path` is `directory` or stands below it. */
export function isInside(path: string, directory: string): boolean {
  return path === directory || path.startsWith(directory === "/" ? "/" : `${directory}/`);
}

/** Directories of the system: handing one of them over would hand over far more than one app's files. */
const SYSTEM_DIRECTORIES = new Set(
  (
    "/ /bin /boot /dev /etc /etc/apache2 /etc/nginx /etc/ssl /home /lib /lib32 /lib64 /media /mnt /opt /proc /root /run /sbin /srv /sys " +
    "/tmp /usr /usr/bin /usr/games /usr/include /usr/lib /usr/lib64 /usr/libexec /usr/local /usr/local/bin " +
    "/usr/local/etc /usr/local/include /usr/local/lib /usr/local/sbin /usr/local/share /usr/sbin /usr/share " +
    "/usr/src /var /var/cache /var/lib /var/local /var/lock /var/log /var/mail /var/opt /var/run /var/spool /var/tmp /var/www"
  ).split(" "),
);

export function isSystemDirectory(path: string): boolean {
  return SYSTEM_DIRECTORIES.has(path) || /^\/(proc|sys|dev)\//.test(path);
}

/** Where programs and configuration live: files copied there are read, not written. */
const SYSTEM_TREES = ["/bin", "/sbin", "/lib", "/lib64", "/usr", "/etc", "/boot", "/proc", "/sys", "/dev"];
const APP_TREES = [
  "/usr/src",
  "/usr/app",
  "/usr/local/app",
  "/usr/share/nginx/html",
  "/usr/local/apache2/htdocs",
  "/usr/local/tomcat",
  "/usr/share/app",
];

export function isSystemPath(path: string): boolean {
  if (path === "/") return true;
  if (APP_TREES.some((tree) => isInside(path, tree) && !isSystemDirectory(path))) return false;
  return SYSTEM_TREES.some((tree) => isInside(path, tree)) || isSystemDirectory(path);
}
