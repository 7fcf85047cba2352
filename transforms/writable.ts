import type { Step } from "../src/analysis/index.ts";
import type { Pass, PassContext } from "../src/rewrite/pass.ts";
import type { HandedPath } from "../src/rewrite/plan/handover.ts";
import type { Change } from "../src/rewrite/types.ts";
import { isInside } from "../src/analysis/index.ts";
import { canRun } from "../src/rewrite/plan/account.ts";
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
    const runsAnyway = plan.ports.remaps.some(
      ({ commands, applicability }) => commands.length > 0 && applicability !== "manual",
    );
    if (!canRun(plan.model) && !runsAnyway) return withoutShell(context);
    const closed = plan.handover.paths.filter((path) => !path.open);
    const inPlace = closed.filter((path) => path.madeBy !== null && isAfterAccount(context, path.madeBy));
    const volume = closed.filter((path) => path.onVolume && positions.beforeVolume !== null);
    const rest = closed
      .filter((path) => (!volume.includes(path) || path.filledLater) && !inPlace.includes(path))
      .map((path) => ({ ...path, exists: path.exists || path.filledLater }));
    const groups = [
      { id: "writable:volumes", paths: volume, anchor: positions.beforeVolume },
      { id: "writable", paths: rest, anchor: positions.user, extra: plan.handover.commands },
    ];
    const steps = [...new Set(inPlace.map((path) => path.madeBy!))];
    const appended = steps.map((step) =>
      appendedChown(
        context,
        inPlace.filter((path) => path.madeBy === step),
        step,
      ),
    );
    const inserted = groups.flatMap(({ id, paths, anchor, extra = [] }): Change[] => {
      if ((paths.length === 0 && extra.length === 0) || anchor === null) return [];
      const handed =
        plan.options.ownership === "group0"
          ? group0(paths, ownerSpec(plan, account, null))
          : handOver(paths, ownerSpec(plan, account, null));
      return [
        {
          id,
          pass: "writable",
          title:
            paths.length > 0
              ? `Hand over ${listed(paths)}`
              : "Move the server's own files to where it may write",
          reason: "The app writes there; without this it fails with “Permission denied”.",
          applicability: "safe",
          dependsOn: ["user", ...accountChanges(account)],
          evidence: paths.flatMap((path) => path.evidence),
          edits: [insert(layout, anchor, [layout.run([...extra, ...handed])])],
        },
      ];
    });
    return [...appended, ...inserted];
  },
};

/** The account must exist when the step runs. */
function isAfterAccount({ plan }: PassContext, step: Step): boolean {
  const { account, positions } = plan;
  if (!account || !positions) return false;
  if (account.madeBy) return account.madeBy.instruction.index < step.instruction.index;
  if (account.lines.length === 0) return true;
  return positions.account.at === "before" && positions.account.instruction.index <= step.instruction.index;
}

/** `RUN tar …` -> `RUN tar … && chown -R app:app /opt/x`: in the same layer, so nothing is stored twice. */
function appendedChown({ plan, layout }: PassContext, paths: readonly HandedPath[], step: Step): Change {
  const account = plan.account!;
  const owner = ownerSpec(plan, account, null);
  const commands = plan.options.ownership === "group0" ? group0(paths, owner) : handOver(paths, owner);
  return {
    id: `writable:${paths[0]!.path}`,
    pass: "writable",
    title: `Hand over ${listed(paths)}`,
    reason:
      "The app writes there. The chown stands in the step that makes the files, so that no layer holds them twice.",
    applicability: "safe",
    dependsOn: ["user", ...accountChanges(account)],
    evidence: paths.flatMap((path) => path.evidence),
    edits: [layout.append(step.instruction, commands)],
  };
}

function handOver(paths: readonly HandedPath[], owner: string): string[] {
  const directories = missing(paths);
  const files = paths.filter((path) => path.file && !path.exists).map((path) => quote(path.path));
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
function group0(paths: readonly HandedPath[], owner: string): string[] {
  const flat = paths.filter((path) => !path.recursive).map((path) => quote(path.path));
  const deep = paths.filter((path) => path.recursive).map((path) => quote(path.path));
  const directories = missing(paths);
  const files = paths.filter((path) => path.file).map((path) => quote(path.path));
  return [
    ...(directories.length > 0 ? [`mkdir -p ${directories.join(" ")}`] : []),
    ...(files.length > 0 ? [`touch ${files.join(" ")}`] : []),
    ...(flat.length > 0 ? [`chown ${owner} ${flat.join(" ")}`, `chmod g=u ${flat.join(" ")}`] : []),
    ...(deep.length > 0 ? [`chown -R ${owner} ${deep.join(" ")}`, `chmod -R g=u ${deep.join(" ")}`] : []),
  ];
}

/** The directories that nothing makes yet; mkdir -p of one makes its parents too. */
function missing(paths: readonly HandedPath[]): string[] {
  const wanted = paths.filter((path) => !path.file && !path.exists);
  return wanted
    .filter((path) => !wanted.some((other) => other !== path && isInside(other.path, path.path)))
    .map((path) => quote(path.path));
}

function quote(path: string): string {
  return /^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`;
}

function listed(paths: readonly HandedPath[]): string {
  const names = paths.map((path) => path.path);
  return names.length > 3 ? `${names.slice(0, 3).join(", ")} and ${names.length - 3} more` : names.join(", ");
}
