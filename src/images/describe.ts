/** A profile as a person wants to read it: `deroot explain nginx:1.25`. */
import { accountStep, freeId } from "./accounts.ts";
import type { BaseAccount, BaseImage } from "./types.ts";

/** @param width at which lines are broken, between words. */
export function describeImage(base: BaseImage, width = Infinity): string {
  const sections: (readonly [title: string, lines: readonly string[]])[] = [
    ["", [base.reference, describeBriefly(base), `profile ${base.id}`]],
    ["Accounts", accounts(base)],
    ["At start", start(base)],
    [
      "Written by the service",
      base.writablePaths.map(({ path, why, when }) => `${path}: ${why}${when === null ? "" : ` (${when})`}`),
    ],
    ["Ports and configuration", ports(base)],
    ["Notes", base.notes],
    ["What deroot does", advice(base)],
    ["Sources", sources(base)],
  ];
  return sections
    .filter(([, lines]) => lines.length > 0)
    .map(([title, lines]) =>
      title === ""
        ? lines.flatMap((line) => broken(line, "", "", width)).join("\n")
        : [title, ...lines.flatMap((line) => broken(line, "  ", "    ", width))].join("\n"),
    )
    .join("\n\n")
    .concat("\n");
}

/** In one line. */
export function describeBriefly(base: BaseImage): string {
  const distro = [base.distro ?? "distro not known", base.suite].filter(Boolean).join(" ");
  const shell = base.shell === false ? "no shell" : (base.shell ?? "shell not known");
  const manager =
    base.packageManager === "none"
      ? "no package manager"
      : (base.packageManager ?? "package manager not known");
  const user = `runs as ${base.user.name}${base.user.isRoot || base.os === "windows" ? "" : ", not root"}`;
  return `${distro}, ${manager}, ${shell}, ${tools(base)}; ${user}`;
}

function tools({ userTools }: BaseImage): string {
  const found = [
    ...(userTools.useradd === true ? ["useradd"] : []),
    ...(typeof userTools.adduser === "string" ? [`adduser (${userTools.adduser})`] : []),
  ];
  if (found.length > 0) return found.join(" and ");
  return userTools.useradd === false ? "no tool that makes accounts" : "tools that make accounts not known";
}

function accounts(base: BaseImage): string[] {
  if (base.os === "windows") return [];
  const own = base.users.map(
    (account) =>
      `${describeAccount(account)}${account.name === base.serviceAccount ? ", made for this purpose" : ""}`,
  );
  const { uids, gids } = base.takenIds;
  return [
    ...own,
    ...(uids.length > 0 ? [`uids that are taken: ${ranges(uids)}`] : []),
    ...(gids.length > 0 ? [`gids that are taken: ${ranges(gids)}`] : []),
  ];
}

/** `0-13, 33, 65534`. */
function ranges(ids: readonly number[]): string {
  const found: { from: number; to: number }[] = [];
  for (const id of ids) {
    const last = found.at(-1);
    if (last?.to === id - 1) last.to = id;
    else found.push({ from: id, to: id });
  }
  return found.map(({ from, to }) => (from === to ? String(from) : `${from}-${to}`)).join(", ");
}

function describeAccount({ name, uid, gid, home }: BaseAccount): string {
  const ids = uid === null ? "id not fixed" : `${uid}:${gid ?? "?"}`;
  return `${name} (${ids})${home === null ? "" : `, home ${home}`}`;
}

function start({ entrypoint, cmd, workdir, home, volumes, stepDownTools, env }: BaseImage): string[] {
  const lines: string[] = [];
  if (entrypoint) {
    lines.push(
      `ENTRYPOINT ${JSON.stringify(entrypoint.exec)}${entrypoint.note === undefined ? "" : `: ${entrypoint.note}`}`,
    );
    if (entrypoint.stepsDown) {
      const how = entrypoint.mechanism === null ? "" : ` through ${entrypoint.mechanism}`;
      lines.push(
        `It drops privileges itself${how}${entrypoint.target === null ? "" : `, to ${entrypoint.target}`}.`,
      );
    }
    if (entrypoint.startAs === "root-required") lines.push("It has to be started as root.");
  }
  if (cmd && cmd.length > 0) lines.push(`CMD ${JSON.stringify(cmd)}`);
  if (workdir !== null) lines.push(`WORKDIR ${workdir}`);
  if (home !== null) lines.push(`HOME=${home}`);
  for (const [name, value] of Object.entries(env)) if (name !== "HOME") lines.push(`${name}=${value}`);
  if (volumes.length > 0) lines.push(`VOLUME ${volumes.join(" ")}`);
  if (stepDownTools.length > 0)
    lines.push(`${stepDownTools.join(", ")} can start a program as another user.`);
  return lines;
}

function ports({ ports, portFiles, portEnv }: BaseImage): string[] {
  return [
    ...(ports.length > 0 ? [`listens on ${ports.join(", ")}`] : []),
    ...portEnv.map(
      ({ name, default: value, note }) => `${name}=${value}${note === undefined ? "" : `: ${note}`}`,
    ),
    ...portFiles.map(({ path, find, note }) => `${path}: ${note ?? `/${find}/`}`),
  ];
}

function advice(base: BaseImage): string[] {
  if (base.os === "windows") return ["Declines: Windows images have accounts of another kind."];
  return base.strategy === "create-user" ? makesAccount(base) : [advised(base)];
}

function advised(base: BaseImage): string {
  switch (base.strategy) {
    case "already-nonroot":
      return `Nothing: the image runs as ${base.user.name}. A USER root in the Dockerfile is followed by USER ${base.user.name} again.`;
    case "use-existing-user":
      return `Runs the app as ${serviceAccount(base)}, which the image ships.`;
    case "needs-config":
      return `Runs the service as ${serviceAccount(base)}, hands over what it writes and moves it to a port above 1023.`;
    case "keep-step-down":
      return "Leaves it: the entrypoint starts as root and runs the service as an unprivileged user.";
    case "numeric-user":
      return "Writes a numeric USER, 65532:65532, and numeric owners: the image has no shell to make an account with.";
    case "skip":
      return "Declines: an image for jobs that need root, or that run under rules of their own.";
    case "skip-build-image":
      return "Nothing where it is a build stage; declines where it is what runs: it is made for building.";
    case "manual":
      return "Declines: the image needs a person's decision; the notes say why.";
    case "create-user":
      throw new Error("told in more than a line");
  }
}

function serviceAccount(base: BaseImage): string {
  const account = base.users.find(({ name }) => name === base.serviceAccount);
  return account ? describeAccount(account) : "an account of its own";
}

function makesAccount(base: BaseImage): string[] {
  const id = freeId(base, 10001);
  const made = accountStep(base, {
    name: "app",
    group: "app",
    uid: id,
    gid: id,
    home: "/home/app",
    createHome: true,
  });
  if (!made) return ["Writes a numeric USER: no account can be made in it."];
  return [
    "Makes an account:",
    ...`  RUN ${made.lines.join(" \\\n      ")}`.split("\n"),
    `  USER ${id}`,
    ...(made.note === null ? [] : [made.note]),
  ];
}

/** Breaks a line between words; commands keep theirs, so that they can be copied. */
function broken(line: string, first: string, next: string, width: number): string[] {
  if (first.length + line.length <= width || /^\s/.test(line)) return [first + line];
  const lines: string[] = [];
  let current = first;
  for (const word of line.split(" ")) {
    const isEmpty = current.trim() === "";
    if (!isEmpty && current.length + 1 + word.length > width) {
      lines.push(current);
      current = next + word;
    } else current += isEmpty ? word : ` ${word}`;
  }
  return [...lines, current];
}

function sources({ sources, confidence, unverified, unsourced }: BaseImage): string[] {
  const lines = sources.map(
    ({ repo, path, ref, note }) =>
      `${repo} ${path}${ref === undefined ? "" : ` @ ${ref}`}${note === undefined ? "" : `: ${note}`}`,
  );
  return [
    ...lines,
    ...unsourced,
    ...(unverified.length === 0 ? [] : [`Not read in a source: ${unverified.join("; ")}.`]),
    ...(confidence === "knowledge" && unverified.length + unsourced.length === 0
      ? ["Not every fact was read in a source."]
      : []),
  ];
}
