import type { Pass } from "../src/rewrite/pass.ts";
import type { HandedPath } from "../src/rewrite/plan/handover.ts";
import type { Change } from "../src/rewrite/types.ts";
import { isInside } from "../src/analysis/index.ts";
import { hasShell } from "../src/rewrite/plan/account.ts";
import { insert } from "./insert.ts";
import { accountChanges, ownerSpec } from "./names.ts";
import { withoutShell } from "./without-shell.ts";

/** Makes the directories that the app writes and hands them over: before VOLUME, and before USER. */
export const writable: Pass = {
  name: "writable",
  summary: "hands over the directories that the app writes: working directory, volumes, logs, caches",
  run(context) {
    const { plan, layout } = context;
    const { account, positions } = plan;
    if (!account || !positions) return [];
    if (!hasShell(plan.model)) return withoutShell(context);
    const volume = plan.handover.paths.filter((path) => path.onVolume && positions.beforeVolume !== null);
    const rest = plan.handover.paths.filter((path) => !volume.includes(path));
    const groups = [
      { id: "writable:volume", paths: volume, anchor: positions.beforeVolume },
      { id: "writable", paths: rest, anchor: positions.user, extra: plan.handover.commands },
    ];
    return groups.flatMap(({ id, paths, anchor, extra = [] }): Change[] => {
      if ((paths.length === 0 && extra.length === 0) || anchor === null) return [];
      const handed = plan.options.ownership === "group0" ? group0(paths) : handOver(paths, ownerSpec(plan, account, null));
      return [
        {
          id,
          pass: "writable",
          title: paths.length > 0 ? `Hand over ${listed(paths)}` : "Move the server's own files to where it may write",
          reason: "The app writes there; without this it fails with “Permission denied”.",
          applicability: "safe",
          dependsOn: accountChanges(account),
          evidence: paths.flatMap((path) => path.evidence),
          edits: [insert(layout, anchor, [layout.run([...extra, ...handed])])],
        },
      ];
    });
  },
};

function handOver(paths: readonly HandedPath[], owner: string): string[] {
  const directories = missing(paths);
  const files = paths.filter((path) => path.file).map((path) => quote(path.path));
  const flat = paths.filter((path) => !path.recursive).map((path) => quote(path.path));
  const deep = paths.filter((path) => path.recursive).map((path) => quote(path.path));
  return [
    ...(directories.length > 0 ? [`mkdir -p ${directories.join(" ")}`] : []),
    ...(files.length > 0 ? [`touch ${files.join(" ")}`] : []),
    ...(flat.length > 0 ? [`chown ${owner} ${flat.join(" ")}`] : []),
    ...(deep.length > 0 ? [`chown -R ${owner} ${deep.join(" ")}`] : []),
  ];
}

/** OpenShift: any uid, but always gid 0; the group gets what the owner has. */
function group0(paths: readonly HandedPath[]): string[] {
  const directories = missing(paths);
  const files = paths.filter((path) => path.file).map((path) => quote(path.path));
  const all = paths.map((path) => quote(path.path)).join(" ");
  return [
    ...(directories.length > 0 ? [`mkdir -p ${directories.join(" ")}`] : []),
    ...(files.length > 0 ? [`touch ${files.join(" ")}`] : []),
    `chgrp -R 0 ${all}`,
    `chmod -R g=u ${all}`,
  ];
}

/** The directories that nothing makes yet; mkdir -p of one makes its parents too. */
function missing(paths: readonly HandedPath[]): string[] {
  const wanted = paths.filter((path) => !path.file && !path.exists);
  return wanted.filter((path) => !wanted.some((other) => other !== path && isInside(other.path, path.path))).map((path) => quote(path.path));
}

function quote(path: string): string {
  return /^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`;
}

function listed(paths: readonly HandedPath[]): string {
  const names = paths.map((path) => path.path);
  return names.length > 3 ? `${names.slice(0, 3).join(", ")} and ${names.length - 3} more` : names.join(", ");
}
