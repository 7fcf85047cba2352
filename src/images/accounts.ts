/**
 * How an account is made on a base, from what is known of the base alone.
 *
 * Every command is one that can be joined with `&&`, asks nothing, locks the password and works under `sh -e` and
 * under `SHELL ["/bin/bash", "-o", "pipefail", "-c"]`.
 *
 * What if the account exists already, because deroot was run on the base, too? Wherever that can be, the commands let an
 * account pass that is exactly the wanted one, so that they can run twice: where nothing is known of the base, on bases
 * of one's own, and on whatever somebody publishes under a name of theirs (`acme/base`, `ghcr.io/acme/base`), for that
 * somebody may be who runs deroot. Official images and those of a vendor's own registry are left: their publishers make
 * no account of this name and number, names and ids are chosen so that they are free there, and everybody knows the plain
 * command. Should one of them bring such an account one day, a loud "already exists" beats one that is silently another.
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

export interface AccountCommands {
  /** Joined with `&&` they make the account; one alone may be half a group. */
  readonly commands: readonly string[];
  /** What the commands rest on. */
  readonly needs: "shadow" | "busybox" | "install" | "passwd-file" | "portable";
  readonly note: string | null;
}

/** The commands that make the account; null where no command can run (no shell, Windows): use a numeric USER. */
export function accountCommands(base: BaseImage | null, wanted: WantedAccount): AccountCommands | null {
  if (base === null) return portable(wanted);
  const made = commandsFor(base, wanted);
  const canBeThere = made?.needs === "passwd-file" || (made?.needs !== "portable" && mayHaveIt(base));
  return made && canBeThere ? { ...made, commands: unlessThere(made.commands, wanted) } : made;
}

function commandsFor(base: BaseImage, wanted: WantedAccount): AccountCommands | null {
  // A shell elsewhere (distroless:debug has /busybox/sh) does not serve the shell form of RUN.
  if (base.os === "windows" || (base.shell !== null && base.shell !== "/bin/sh")) return null;
  const { useradd, adduser } = base.userTools;
  if (useradd === true)
    return { commands: shadow(wanted, nologin(base.distro)), needs: "shadow", note: null };
  if (adduser === "busybox" && Math.max(wanted.uid, wanted.gid) <= highestBusyBoxId(base.distro)) {
    return { commands: busybox(wanted, nologin(base.distro)), needs: "busybox", note: null };
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

/** Whether those who build this base may have run deroot on it. */
function mayHaveIt({ id, reference }: BaseImage): boolean {
  return !id.startsWith("distro/") && (NOT_PUBLIC.test(id) || ANYBODYS.test(reference));
}

/** Ids of what is known of images that are nobody's public ones. */
const NOT_PUBLIC = /^(?:kept|inspected|inferred|tag)\//;
/** Names under which anybody may publish. An official image has a name of one word, a vendor a registry of its own. */
const ANYBODYS = /^(?:(?:quay\.io|ghcr\.io|(?:\w+\.)?gcr\.io|public\.ecr\.aws|codeberg\.org)\/|[^./:]+\/)/;

function unlessThere(commands: readonly string[], wanted: WantedAccount): string[] {
  const [first, ...rest] = commands;
  // Not grep, which the smallest images lack.
  const isThere = `test "$(id -u ${wanted.name} 2>/dev/null)" = ${ids(wanted).uid}`;
  const group = [`${isThere} || { ${first!}`, ...rest];
  return [...group.slice(0, -1), `${group.at(-1)!}; }`];
}

/** The beginning of its line in /etc/passwd, as a pattern. */
function entry(wanted: WantedAccount): string {
  return text(`^${wanted.name}:x:${ids(wanted).uid}:`, wanted);
}

function groupEntry(wanted: WantedAccount): string {
  return text(`^${wanted.group}:x:${ids(wanted).gid}:`, wanted);
}

function ids({ uid, gid, idsFromArgs }: WantedAccount): { readonly uid: string; readonly gid: string } {
  return idsFromArgs === true ? { uid: "$UID", gid: "$GID" } : { uid: String(uid), gid: String(gid) };
}

function text(written: string, { idsFromArgs }: WantedAccount): string {
  return idsFromArgs === true ? `"${written}"` : `'${written}'`;
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

function installed(base: BaseImage, wanted: WantedAccount, install: string): AccountCommands {
  return {
    commands: [install, ...shadow(wanted, nologin(base.distro))],
    needs: "install",
    note: "The base has no useradd: it is installed from the distro's packages, in the same step.",
  };
}

function installedIfMissing(base: BaseImage, wanted: WantedAccount, install: string): AccountCommands {
  return {
    commands: [
      `if ! command -v useradd >/dev/null; then ${install}; fi`,
      ...shadow(wanted, nologin(base.distro)),
    ],
    needs: "install",
    note: "It is not known whether the base has useradd: it is installed where it is missing.",
  };
}

function passwdFile(base: BaseImage, wanted: WantedAccount): AccountCommands {
  const { name, group, createHome } = wanted;
  const { uid, gid } = ids(wanted);
  const home = wanted.home ?? `/home/${name}`;
  const shell = wanted.shell ?? nologin(base.distro);
  return {
    commands: [
      `echo ${text(`${group}:x:${gid}:`, wanted)} >> /etc/group`,
      `echo ${text(`${name}:x:${uid}:${gid}::${home}:${shell}`, wanted)} >> /etc/passwd`,
      ...(createHome ? [`mkdir -p ${quote(home)}`, `chown ${name}:${group} ${quote(home)}`] : []),
    ],
    needs: "passwd-file",
    note: "The base has neither a tool that makes accounts nor a package manager: the entries are written.",
  };
}

function portable(wanted: WantedAccount): AccountCommands {
  const [groupadd, useradd] = shadow(wanted, "/sbin/nologin");
  const [addgroup, adduser] = busybox(wanted, "/sbin/nologin");
  return {
    commands: [
      either(`${groupEntry(wanted)} /etc/group`, "groupadd", groupadd!, addgroup!),
      either(`${entry(wanted)} /etc/passwd`, "useradd", useradd!, adduser!),
    ],
    needs: "portable",
    note: "The base is not known: the step works where useradd or BusyBox's adduser is.",
  };
}

function either(entry: string, tool: string, shadow: string, busybox: string): string {
  return `if grep -q ${entry}; then true; elif command -v ${tool} >/dev/null; then ${shadow}; else ${busybox}; fi`;
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
