import type { PassContext } from "../src/rewrite/pass.ts";
import { posix } from "node:path";
import { parentStage } from "../src/analysis/index.ts";
import type { HandedPath } from "../src/rewrite/plan/handover.ts";
import type { Change } from "../src/rewrite/types.ts";
import { insert } from "./insert.ts";
import { ownerSpec } from "./names.ts";

/** Where the other stage makes the directories; only the final stage's copy of them counts. */
const PREPARED = "/deroot";

/**
 * An image without a shell cannot mkdir or chown. Another stage makes the empty directories and files, and COPY
 * --chown brings them over.
 */
export function withoutShell({ plan, layout }: PassContext): Change[] {
  const { account, positions, model } = plan;
  if (!account || !positions) return [];
  const owner = ownerSpec(plan, account, null);
  const paths = plan.handover.paths.filter(
    (path) => !path.open && !bringsDirectory(plan, path.path) && !(path.file && path.exists),
  );
  const builder = model.dockerfile.stages.findLast(
    (stage) =>
      stage.index < model.target.index &&
      !isAncestor(plan, stage.index) &&
      stage.instructions.some((i) => i.keyword === "RUN"),
  );
  if (paths.length === 0 || !builder) return [];
  const last = builder.instructions[builder.instructions.length - 1]!;
  const from = builder.name ?? String(builder.index);
  const copies = paths.map(
    ({ path }) => `${layout.keyword("COPY")} --from=${from} --chown=${owner} ${PREPARED}${path} ${path}`,
  );
  const onVolume = paths.some((path) => path.onVolume);
  return [
    {
      id: "writable",
      pass: "writable",
      title: `Hand over ${paths.map((p) => p.path).join(", ")}`,
      reason:
        "The app writes there. The image has no shell to chown with, so another stage makes the directory and COPY brings it over with its owner.",
      applicability: "safe",
      dependsOn: ["user"],
      evidence: paths.flatMap((path) => path.evidence),
      edits: [
        layout.after(last, [layout.run(prepared(paths))]),
        insert(layout, onVolume && positions.beforeVolume ? positions.beforeVolume : positions.user, copies),
      ],
    },
  ];
}

function prepared(paths: readonly HandedPath[]): string[] {
  const directories = paths.map(({ path, file }) => PREPARED + (file ? posix.dirname(path) : path));
  const files = paths.filter(({ file }) => file).map(({ path }) => PREPARED + path);
  return [
    `mkdir -p ${[...new Set(directories)].join(" ")}`,
    ...(files.length > 0 ? [`touch ${files.join(" ")}`] : []),
  ];
}

function isAncestor(plan: PassContext["plan"], index: number): boolean {
  for (
    let stage = parentStage(plan.model.dockerfile, plan.model.target);
    stage;
    stage = parentStage(plan.model.dockerfile, stage)
  ) {
    if (stage.index === index) return true;
  }
  return false;
}

/** A COPY with --chown into the working directory makes that directory with the same owner. */
function bringsDirectory(plan: PassContext["plan"], path: string): boolean {
  return path === plan.model.final.workdir;
}
