/**
 * How an account is made on a base, from what is known of the base alone.
 *
 * Every command asks nothing, locks the password and works under `sh -e` and under
 * `SHELL ["/bin/bash", "-o", "pipefail", "-c"]`. Every step works when it is run twice, as it is when deroot was run on
 * the base, too: the account passes if it has exactly the wanted uid, and all else that is in the way, another account
 * of that name or half of this one, stops the build.
 */
import type { BaseImage, Distro, PackageManager } from "./types.ts";

export interface WantedAccount {
  readonly name: string;
  readonly group: string;
  readonly uid: number;
  readonly gid: number;
  /** Null leaves it to the tool, which writes `/home/<name>` into passwd. */
  readonly home: string | null;
  readonly createHome: boolean;
  /** Default: the distro's nologin. */
  readonly shell?: string;
  /** The build's `ARG UID` and `ARG GID` give the ids. */
  readonly idsFromArgs?: boolean;
}

export interface AccountStep {
  /** The lines of one shell command, each with the operator that joins it to the line before. */
  readonly lines: readonly string[];
  /** What the commands rest on. */
  readonly needs: "shadow" | "busybox" | "install" | "passwd-file" | "portable";
  readonly note: string | null;
}

/** The step that makes the account; null where no command can run (no shell, Windows): use a numeric USER. */
export function accountStep(base: BaseImage | null, wanted: WantedAccount): AccountStep | null {
  if (base === null) return portable(wanted);
  // A shell elsewhere (distroless:debug has /busybox/sh) does not serve the shell form of RUN.
  if (base.os === "windows" || (base.shell !== null && base.shell !== "/bin/sh")) return null;
  const { useradd, adduser } = base.userTools;
  if (useradd === true) {
    return { lines: unlessThere(shadow(wanted, nologin(base.distro)), wanted), needs: "shadow", note: null };
  }
  if (adduser === "busybox" && Math.max(wanted.uid, wanted.gid) <= highestBusyBoxId(base.distro)) {
    return {
      lines: unlessThere(busybox(wanted, nologin(base.distro)), wanted),
      needs: "busybox",
      note: null,
    };
  }
  const install = base.userTools.install ?? installShadow(base.packageManager);
  if (useradd === false || adduser === "busybox") {
    return install === null ? passwdFile(base, wanted) : installed(base, wanted, install);
  }
  return install === null ? portable(wanted) : installedIfMissing(base, wanted, install);
}

/** `wanted`, or the next id that is free in the base both as a uid and as a gid. */
export function freeId(base: BaseImage | null, wanted: number): number {
  let id = wanted;
  while (!isFree(base, id)) id++;
  return id;
}

/** Whether the base is known to use the number neither for a user nor for a group. */
export function isFree(base: BaseImage | null, id: number): boolean {
  return base === null || !(base.takenIds.uids.includes(id) || base.takenIds.gids.includes(id));
}

/** Whether the account is there as it is to be. `id` is where `chown` is; the smallest images lack grep and getent. */
function isThere(wanted: WantedAccount): string {
  return `test "$(id -u ${wanted.name} 2>/dev/null)" = ${ids(wanted).uid}`;
}

function unlessThere([first, ...rest]: readonly string[], wanted: WantedAccount): string[] {
  const lines = [`${isThere(wanted)} || { ${first!}`, ...rest.map((command) => `&& ${command}`)];
  return [...lines.slice(0, -1), `${lines.at(-1)!}; }`];
}

function ids({ uid, gid, idsFromArgs }: WantedAccount): { readonly uid: string; readonly gid: string } {
  return idsFromArgs === true ? { uid: '"$UID"', gid: '"$GID"' } : { uid: String(uid), gid: String(gid) };
}

function shadow(wanted: WantedAccount, nologin: string): string[] {
  const { name, group, home, createHome } = wanted;
  const { uid, gid } = ids(wanted);
  const useradd = [
    "useradd",
    // Without it a high uid blows up /var/log/lastlog, which a layer stores with all its zeros.
    "--no-log-init",
    `--uid ${uid}`,
    `--gid ${group}`,
    createHome ? "--create-home" : "--no-create-home",
    ...(home === null ? [] : [`--home-dir ${quote(home)}`]),
    `--shell ${wanted.shell ?? nologin}`,
    name,
  ];
  return [`groupadd --gid ${gid} ${group}`, useradd.join(" ")];
}

function busybox(wanted: WantedAccount, nologin: string): string[] {
  const { name, group, home, createHome } = wanted;
  const { uid, gid } = ids(wanted);
  const adduser = [
    // -D: no password. Without it adduser asks for one.
    "adduser -D",
    ...(createHome ? [] : ["-H"]),
    ...(home === null ? [] : [`-h ${quote(home)}`]),
    `-u ${uid}`,
    `-G ${group}`,
    `-s ${wanted.shell ?? nologin}`,
    name,
  ];
  return [`addgroup -g ${gid} ${group}`, adduser.join(" ")];
}

function installed(base: BaseImage, wanted: WantedAccount, install: string): AccountStep {
  return {
    lines: unlessThere([install, ...shadow(wanted, nologin(base.distro))], wanted),
    needs: "install",
    note: "The base has no useradd: it is installed from the distro's packages, in the same step.",
  };
}

function installedIfMissing(base: BaseImage, wanted: WantedAccount, install: string): AccountStep {
  return {
    lines: unlessThere(
      [`if ! command -v useradd >/dev/null; then ${install}; fi`, ...shadow(wanted, nologin(base.distro))],
      wanted,
    ),
    needs: "install",
    note: "It is not known whether the base has useradd: it is installed where it is missing.",
  };
}

function passwdFile(base: BaseImage, wanted: WantedAccount): AccountStep {
  const { name, group, createHome } = wanted;
  const { uid, gid } = ids(wanted);
  const home = wanted.home ?? `/home/${name}`;
  const shell = wanted.shell ?? nologin(base.distro);
  const written = [
    `echo ${group}:x:${gid}: >> /etc/group`,
    `echo ${name}:x:${uid}:${gid}::${quote(home)}:${shell} >> /etc/passwd`,
    // A tool would refuse a name that is there; of two entries the first counts.
    `test "$(id -u ${name})" = ${uid}`,
    ...(createHome ? [`mkdir -p ${quote(home)}`, `chown ${name}:${group} ${quote(home)}`] : []),
  ];
  return {
    lines: unlessThere(written, wanted),
    needs: "passwd-file",
    note: "The base has neither a tool that makes accounts nor a package manager: the entries are written.",
  };
}

function portable(wanted: WantedAccount): AccountStep {
  return {
    lines: [
      `${isThere(wanted)} || if command -v useradd >/dev/null;`,
      `then ${shadow(wanted, "/sbin/nologin").join(" && ")};`,
      `else ${busybox(wanted, "/sbin/nologin").join(" && ")}; fi`,
    ],
    needs: "portable",
    note: "The base is not known: the step works where useradd or BusyBox's adduser is.",
  };
}

function installShadow(manager: PackageManager | null): string | null {
  return manager === null ? null : (INSTALL[manager] ?? null);
}

function nologin(distro: Distro | null): string {
  return (distro === null ? undefined : NOLOGIN[distro]) ?? "/sbin/nologin";
}

/** LAST_ID of the build: https://git.busybox.net/busybox/tree/loginutils/Config.src; Alpine raises it. */
function highestBusyBoxId(distro: Distro | null): number {
  return distro === "alpine" ? 256_000 : 60_000;
}

function quote(word: string): string {
  return /^[\w./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}

const NOLOGIN: Partial<Record<Distro, string>> = {
  debian: "/usr/sbin/nologin",
  ubuntu: "/usr/sbin/nologin",
  arch: "/usr/bin/nologin",
  // The busybox image has its applets in /bin alone, and no nologin before 1.30.
  busybox: "/bin/false",
};

const INSTALL: Partial<Record<PackageManager, string>> = {
  apt: "apt-get update && apt-get install -y --no-install-recommends passwd && rm -rf /var/lib/apt/lists/*",
  apk: "apk add --no-cache shadow",
  dnf: "dnf install -y shadow-utils && dnf clean all",
  microdnf: "microdnf install -y shadow-utils && microdnf clean all",
  yum: "yum install -y shadow-utils && yum clean all",
  tdnf: "tdnf install -y shadow-utils && tdnf clean all",
  zypper: "zypper --non-interactive install shadow && zypper clean --all",
  pacman: "pacman -Sy --noconfirm shadow && pacman -Scc --noconfirm",
};
