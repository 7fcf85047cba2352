/** Whether a USER value (`name`, `uid`, `name:group`, `uid:gid`) is root; an unknown value is not. */
export function isRootUser(user: string | null): boolean {
  if (user === null) return false;
  const name = userName(user);
  return name === "" || name === "root" || /^0+$/.test(name);
}

/** The part before the colon. */
export function userName(user: string): string {
  return user.split(":", 1)[0]!.trim();
}
