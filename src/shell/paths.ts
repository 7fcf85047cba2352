/** Posix paths as text; nothing here looks at a disk. */

/** `path` seen from `cwd`, without `.` and `..`; relative when `cwd` is not known. */
export function joinPath(cwd: string | null, path: string): string | null {
  if (path.startsWith("/") || path.startsWith("~")) return normalizePath(path);
  if (cwd === null) return null;
  return normalizePath(`${cwd}/${path}`);
}

const UNTIDY = /\/\/|\/\.|\/$|^\.(?:$|\/|\.)/;

export function normalizePath(path: string): string {
  if (!UNTIDY.test(path)) return path;
  const absolute = path.startsWith("/");
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "" || part === ".") continue;
    if (part === ".." && (absolute || (parts.length > 0 && parts.at(-1) !== ".."))) parts.pop();
    else parts.push(part);
  }
  return (absolute ? "/" : "") + parts.join("/") || ".";
}

export function isBelow(path: string, directory: string): boolean {
  if (directory === "/") return path.startsWith("/");
  return path.startsWith(directory) && (path.length === directory.length || path[directory.length] === "/");
}

export function parentOf(path: string): string {
  const slash = path.lastIndexOf("/");
  if (slash > 0) return path.slice(0, slash);
  return slash === 0 ? "/" : ".";
}
