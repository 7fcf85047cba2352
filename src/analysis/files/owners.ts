import type { BaseImage } from "../../images/index.ts";
import type { AccountChange } from "../../shell/index.ts";

/**
 * Who owns a file: a number in decimal where the id is known, else the name; null where nobody can tell. `0` is
 * root.
 */
export interface Owner {
  readonly user: string | null;
  readonly group: string | null;
}

export const ROOT: Owner = { user: "0", group: "0" };
export const NOBODY_KNOWN: Owner = { user: null, group: null };

interface Known {
  readonly uid: string;
  readonly group: string | null;
  readonly home: string | null;
}

/** An account that is known beside those of the base and of the steps, such as one that is still to be made. */
export interface KnownAccount {
  readonly name: string | null;
  readonly uid: number | null;
  readonly group: string | null;
  readonly gid: number | null;
}

/** The passwd and group of the image while it is being built. */
export class Accounts {
  private readonly users = new Map<string, Known>([["root", { uid: "0", group: "0", home: "/root" }]]);
  private readonly groups = new Map<string, string>([["root", "0"]]);
  private readonly base: BaseImage | null;

  constructor(base: BaseImage | null, planned: KnownAccount | null) {
    this.base = base;
    for (const { name, uid, gid, group, home } of base?.users ?? []) {
      if (group !== null && gid !== null) this.groups.set(group, String(gid));
      const key = gid === null ? (group === null ? null : this.group(group)) : String(gid);
      this.users.set(name, { uid: uid === null ? name : String(uid), group: key, home });
    }
    if (planned?.name) {
      if (planned.group !== null && planned.gid !== null) this.groups.set(planned.group, String(planned.gid));
      const group = planned.gid === null ? planned.group : String(planned.gid);
      const uid = planned.uid === null ? planned.name : String(planned.uid);
      this.users.set(planned.name, { uid, group, home: null });
    }
  }

  change({ kind, name, id, group, system, home }: AccountChange): void {
    if (kind === "group") {
      if (id !== null || !this.groups.has(name)) this.groups.set(name, id === null ? name : String(id));
    } else if (kind === "user") {
      const before = this.users.get(name);
      const uid = id === null ? (before?.uid ?? name) : String(id);
      this.users.set(name, { uid, group: this.loginGroup(name, group, system), home });
    }
  }

  /** Debian's adduser and BusyBox' put system accounts into nogroup; SUSE's useradd all of them into users. */
  private loginGroup(name: string, group: string | null, system: boolean): string | null {
    if (group !== null) return this.group(group);
    const distro = this.base?.distro ?? null;
    if (distro === null || distro === "suse" || (system && this.base?.userTools.useradd !== true))
      return null;
    return this.group(name);
  }

  user(text: string): string {
    return isNumber(text) ? String(Number(text)) : (this.users.get(text)?.uid ?? text);
  }

  group(text: string): string {
    return isNumber(text) ? String(Number(text)) : (this.groups.get(text) ?? text);
  }

  home(name: string): string | null {
    return this.users.get(name)?.home ?? null;
  }

  /** The group of a login: by name, or by the number that passwd has for it; null when it is not known. */
  private groupOfLogin(text: string): string | null {
    if (!isNumber(text)) return this.users.get(text)?.group ?? null;
    const uid = String(Number(text));
    for (const known of this.users.values()) if (known.uid === uid) return known.group;
    return this.base === null ? null : "0";
  }

  /** `USER app`, `USER 1000`, `USER app:www`: whom a process runs as. A number that passwd lacks has group 0. */
  process(text: string): Owner {
    const [user = "", group] = text.split(":", 2);
    if (user === "") return ROOT;
    return {
      user: this.user(user),
      group: group === undefined || group === "" ? this.groupOfLogin(user) : this.group(group),
    };
  }

  /** `--chown=app`, `--chown=1000`, `--chown=app:www`: a lone number is the group too. */
  copied(text: string): Owner {
    const [user = "", group] = text.split(":", 2);
    if (text.includes("$") || user === "") return NOBODY_KNOWN;
    if (group !== undefined && group !== "") return { user: this.user(user), group: this.group(group) };
    return { user: this.user(user), group: isNumber(user) ? this.user(user) : this.groupOfLogin(user) };
  }

  /** What chown is told: null leaves it as it is; `app:` is the login group of `app`. */
  given(
    user: string | null,
    group: string | null,
  ): { user: string | undefined; group: string | null | undefined } {
    return {
      user: user === null ? undefined : this.user(user),
      group:
        group === null
          ? undefined
          : group === user && !this.groups.has(group) && !isNumber(group)
            ? this.groupOfLogin(group)
            : this.group(group),
    };
  }
}

function isNumber(text: string): boolean {
  return /^\d+$/.test(text);
}
