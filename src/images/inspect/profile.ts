/** Turns what was read from an image into a profile of it. */
import type { Account, Facts, Profile } from "../profile.ts";
import { parseReference } from "../reference.ts";
import type { BaseEntrypoint, Distro, ImageStrategy, PackageManager, UserTools } from "../types.ts";
import { INSPECTED } from "../check-profile.ts";
import { kinOf, type Kin } from "./kin.ts";
import { MANAGERS, STEP_DOWN } from "./contents.ts";
import type { ImageContents, Inspection, Program } from "./types.ts";

/** @param mirrors prefixes under which the reference is to be read, as for `resolveImage`. */
export function profileFromInspection(inspection: Inspection, mirrors: readonly string[] = []): Profile {
  const { reference, through, digest } = inspection;
  const parsed = parseReference(reference, mirrors);
  if (!parsed) throw new Error(`not a reference: ${reference}`);
  const { name, tag } = parsed;
  const facts = inspection.config.os === "windows" ? WINDOWS : factsOf(inspection);
  const kin = facts.strategy === "create-user" ? kinOf(facts) : null;
  return {
    id: INSPECTED + (tag === null ? name : `${name}-${tag}`).toLowerCase().replace(/[^a-z0-9._/-]/g, "-"),
    match: {
      names: [name],
      // A digest alone stands for no tag at all, which is looked up as `?`.
      tag: `^${escaped(tag ?? (parsed.digest === null ? "latest" : "?"))}$`,
      ...(parsed.digest === null ? {} : { digest: parsed.digest }),
    },
    facts: kin === null ? facts : withKin(facts, kin),
    notes: [
      "Read from the image itself. What it writes while it runs, and where its ports are set, cannot be read from it.",
      ...(kin === null
        ? []
        : [
            `It starts what ${kin.name} starts and has its account ${kin.serviceAccount}: what is known of that image's ` +
              "files is taken to hold.",
          ]),
    ],
    sources: [
      { repo: reference, path: "configuration and layers", ref: digest, note: `read through the ${through}` },
    ],
    confidence: kin === null ? "source" : "knowledge",
  };
}

function withKin(facts: Facts, { serviceAccount, writablePaths }: Kin): Facts {
  return {
    ...facts,
    serviceAccount,
    writablePaths: writablePaths.map(({ when, ...path }) => (when === null ? path : { ...path, when })),
    strategy: "use-existing-user",
  };
}

const WINDOWS: Facts = {
  os: "windows",
  distro: "windows",
  packageManager: "none",
  shell: false,
  bash: false,
};

function factsOf({ config, contents }: Inspection): Facts {
  const release = osRelease(contents.osRelease ?? "");
  const shell = shellOf(contents);
  const distro = distroOf(release, contents, shell);
  const users = usersOf(contents, config.user.replace(/:.*/, ""));
  const entrypoint = entrypointOf(config.entrypoint, contents);
  const user = config.user === "" ? undefined : config.user;
  const home = config.env["HOME"];
  const manager = managerOf(contents, shell);
  return {
    ...(distro === null ? {} : { distro }),
    ...(release["VERSION_CODENAME"] ? { suite: release["VERSION_CODENAME"] } : {}),
    ...(manager === null ? {} : { packageManager: manager }),
    ...(shell === null ? {} : { shell }),
    ...known("bash", has(contents, "bash")),
    userTools: toolsOf(contents),
    stepDownTools: STEP_DOWN.filter((name) => contents.programs[name]),
    ...(user === undefined ? {} : { user }),
    users,
    takenIds: takenIdsOf(contents),
    ports: config.ports,
    ...(entrypoint === null ? {} : { entrypoint }),
    ...(config.cmd === null ? {} : { cmd: config.cmd }),
    ...(config.workdir === null ? {} : { workdir: config.workdir }),
    ...(home ? { home } : {}),
    volumes: config.volumes,
    // The profile may be kept beside other people's code.
    env: Object.fromEntries(Object.entries(config.env).filter(([name]) => !SECRET.test(name))),
    strategy: strategyOf(user, shell, entrypoint),
  };
}

function strategyOf(
  user: string | undefined,
  shell: string | false | null,
  entrypoint: Facts["entrypoint"],
): ImageStrategy {
  if (user !== undefined && !/^(?:root|0)(?::|$)/.test(user)) return "already-nonroot";
  if (shell === false) return "numeric-user";
  return entrypoint?.stepsDown === true ? "keep-step-down" : "create-user";
}

/** `KEY="value"` lines. */
function osRelease(text: string): Record<string, string> {
  return Object.fromEntries(
    [...text.matchAll(/^([A-Z_]+)=(?:"([^"\n]*)"|'([^'\n]*)'|([^\s"']*))\s*$/gm)].map(
      ([, key, double, single, plain]) => [key!, double ?? single ?? plain ?? ""],
    ),
  );
}

function distroOf(
  release: Record<string, string>,
  { programs }: ImageContents,
  shell: string | false | null,
): Distro | null {
  if (release["PRETTY_NAME"] === "Distroless") return "distroless-debian";
  const ids = [release["ID"] ?? "", ...(release["ID_LIKE"] ?? "").split(/\s+/)];
  const distro = ids.map((id) => DISTROS[id]).find((found) => found !== undefined);
  if (distro !== undefined) return distro;
  if (release["ID"] !== undefined) return null;
  if (shell === false) return "scratch";
  return programs["busybox"] && !MANAGERS.some((name) => programs[name]) ? "busybox" : null;
}

/** False only when the image was read to its end. */
function has({ programs, complete }: ImageContents, name: string): boolean | null {
  if (programs[name]) return true;
  return complete ? false : null;
}

function shellOf(contents: ImageContents): string | false | null {
  const found = contents.programs["sh"];
  // PATH mostly names another folder first that is the same one.
  if (found) return /^\/(?:usr\/)?s?bin\//.test(found.path) ? "/bin/sh" : found.path;
  return has(contents, "sh") === null ? null : false;
}

function managerOf(contents: ImageContents, shell: string | false | null): PackageManager | null {
  const name = MANAGERS.find((each) => contents.programs[each]);
  if (name !== undefined) return name === "apt-get" ? "apt" : name;
  return contents.complete || shell === false ? "none" : null;
}

function toolsOf(contents: ImageContents): UserTools {
  return {
    useradd: has(contents, "useradd"),
    groupadd: has(contents, "groupadd"),
    usermod: has(contents, "usermod"),
    adduser: kindOf(contents, "adduser"),
    addgroup: addgroupOf(contents),
    install: null,
  };
}

function addgroupOf(contents: ImageContents): UserTools["addgroup"] {
  const kind = kindOf(contents, "addgroup");
  return kind === "shadow-symlink" ? null : kind;
}

function kindOf({ programs, complete }: ImageContents, name: string): UserTools["adduser"] {
  const program = programs[name];
  if (!program) return complete ? false : null;
  const same = (other: Program | null | undefined): boolean => other?.file === program.file;
  if (same(programs["busybox"]) || program.file.endsWith("/busybox")) return "busybox";
  if (same(programs["useradd"]) || same(programs["groupadd"])) return "shadow-symlink";
  return program.interpreter?.includes("perl") === true ? "debian" : null;
}

/** Accounts that are not part of the distro's own furniture, and the one that the image runs as. */
function usersOf({ passwd, group }: ImageContents, user: string): Account[] {
  const groups = new Map(records(group ?? "", 3).map(([name, , gid]) => [gid, name!]));
  return records(passwd ?? "", 7).flatMap(([name, , uid, gid, , home, shell]) => {
    if (!isId(uid) || !isId(gid) || name === "root") return [];
    if (Number(uid) < FIRST_OF_SERVICES && name !== "www-data" && name !== user) return [];
    const groupName = groups.get(gid);
    return [
      {
        name: name!,
        uid: Number(uid),
        gid: Number(gid),
        ...(groupName === undefined ? {} : { group: groupName }),
        ...(home ? { home } : {}),
        ...(shell ? { shell } : {}),
      },
    ];
  });
}

function takenIdsOf({ passwd, group }: ImageContents): NonNullable<Facts["takenIds"]> {
  const ids = (text: string | null, columns: number): number[] => {
    const found = records(text ?? "", columns).flatMap((columns) =>
      isId(columns[2]) ? [Number(columns[2])] : [],
    );
    return [...new Set(found)].sort((a, b) => a - b);
  };
  return { uids: ids(passwd, 7), gids: ids(group, 3) };
}

function records(text: string, columns: number): string[][] {
  return text
    .split("\n")
    .slice(0, MOST_ACCOUNTS)
    .map((line) => line.trimEnd().split(":"))
    .filter((record) => record.length >= columns && NAME.test(record[0]!));
}

function isId(text: string | undefined): text is string {
  return /^\d{1,10}$/.test(text ?? "") && Number(text) <= 0xffff_fffe;
}

function entrypointOf(
  exec: readonly string[] | null,
  { entrypoint }: ImageContents,
): Facts["entrypoint"] | null {
  if (exec === null) return null;
  const [, tool, target] = STEPS_DOWN.exec(entrypoint ?? "") ?? [];
  if (tool === undefined) return { exec };
  const found: Partial<BaseEntrypoint> = { stepsDown: true, mechanism: tool };
  return { exec, ...found, ...(target !== undefined && NAME.test(target) ? { target } : {}) };
}

function known(key: "bash", value: boolean | null): Facts {
  return value === null ? {} : { [key]: value };
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
}

const NAME = /^[a-z_][a-z0-9_.-]*\$?$/i;
const SECRET = /TOKEN|SECRET|PASS|PWD$|CREDENTIAL|API_?KEY|PRIVATE|AUTH/i;
/** A script that ends as another user; comments do not count. */
const STEPS_DOWN = /^[^#\n]*\bexec\s+(gosu|su-exec|setpriv|runuser|s6-setuidgid|chpst)\s+"?([\w-]*)/m;
/** Below are the distro's own. */
const FIRST_OF_SERVICES = 100;
const MOST_ACCOUNTS = 20_000;

const DISTROS: Readonly<Record<string, Distro | undefined>> = {
  debian: "debian",
  ubuntu: "ubuntu",
  alpine: "alpine",
  rhel: "rhel",
  centos: "rhel",
  rocky: "rhel",
  almalinux: "rhel",
  ol: "rhel",
  fedora: "fedora",
  amzn: "amazon",
  suse: "suse",
  opensuse: "suse",
  "opensuse-leap": "suse",
  "opensuse-tumbleweed": "suse",
  sles: "suse",
  arch: "arch",
  photon: "photon",
  azurelinux: "azurelinux",
  mariner: "azurelinux",
  wolfi: "wolfi",
  chainguard: "wolfi",
  nixos: "nix",
  gentoo: "gentoo",
  "clear-linux-os": "clearlinux",
};
