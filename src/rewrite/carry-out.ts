import type { Dockerfile } from "../dockerfile/index.ts";
import { applyEdits, partId, withoutConflicts, withoutRejected } from "./apply.ts";
import { fileChange } from "./file-change.ts";
import { Layout } from "./layout.ts";
import type { Pass } from "./pass.ts";
import type { Plan } from "./plan/plan.ts";
import { emptyResult } from "./round.ts";
import type { Advice, Change, Edit, FileChange, PortChange, RewriteOptions, RewriteResult } from "./types.ts";

/** Runs the passes and puts their changes into effect. */
export function carryOut(
  plans: readonly Plan[],
  dockerfile: Dockerfile,
  options: RewriteOptions,
  passes: readonly Pass[],
): RewriteResult {
  const plan = plans[0]!;
  const layout = new Layout(dockerfile, plan.path);
  const { all, left } = changesOf(plans, (each) =>
    passes.flatMap((pass) => [...pass.run({ dockerfile, plan: each, layout })]),
  );
  // Whoever leaves the user pass out wants the others for their own sake.
  if (!passes.some((pass) => pass.name === "user")) {
    for (const [index, change] of all.entries())
      all[index] = { ...change, dependsOn: change.dependsOn.filter((id) => id !== "user") };
  }
  const minimum = options.min === "safe" ? ["safe"] : ["safe", "likely"];
  const rejected = new Set(options.reject ?? []);
  const offered = withoutIgnored(dockerfile, plan.path, all).map((change) => withoutParts(change, rejected));
  const wanted = withoutRejected(
    offered,
    (change) => rejected.has(change.id) || !minimum.includes(change.applicability),
  );
  const changes = withoutConflicts(wanted);
  const texts = new Map([...plans.flatMap((each) => [...each.around.texts]), [plan.path, dockerfile.text]]);
  const files = changedFiles(changes, texts);
  const applied = new Set(changes.map((change) => change.pass));
  const switched = plan.account === null || changes.some((change) => change.id === "user");
  return {
    ...emptyResult(plan.path),
    status: files.length > 0 ? "rewritten" : "unchanged",
    reason:
      files.length > 0
        ? null
        : {
            code: "nothing-left",
            message: "All changes were rejected or left out.",
            remedy: null,
            line: null,
          },
    account: plan.account && switched ? accountOf(plan) : null,
    runsAsRoot: { before: plan.account !== null, after: !switched || plan.stepDown !== null },
    ports: applied.has("ports") ? movedPorts(plans.filter((each) => !left.includes(each))) : [],
    writable: plan.handover.paths.map(({ path, evidence }) => ({ path, evidence })),
    changes: offered.filter((change) => changes.includes(change) || change.applicability === "manual"),
    advice: [...uniqueAdvice(plans.filter((each) => !left.includes(each))), ...left.map(targetStays)],
    files,
  };
}

function accountOf(plan: Plan): RewriteResult["account"] {
  const { name, uid, gid, home, source } = plan.account!;
  return { name, uid, gid, home, source };
}

/** Of all targets, each once. */
function movedPorts(plans: readonly Plan[]): PortChange[] {
  const moved = new Map<string, PortChange>();
  for (const { from, to, protocol, applicability } of plans.flatMap((plan) => plan.ports.remaps))
    if (applicability !== "manual") moved.set(`${from}/${to}/${protocol}`, { from, to, protocol });
  return [...moved.values()];
}

/** Several build targets share stages: what a change of an earlier target does already is not done again. */
function changesOf(
  plans: readonly Plan[],
  run: (plan: Plan) => Change[],
): { readonly all: Change[]; readonly left: readonly Plan[] } {
  const all: Change[] = [];
  const left: Plan[] = [];
  const done = new Set<string>();
  const places = new Set<string>();
  const place = (edit: Edit) => `${edit.path}\0${edit.start}\0${edit.end}`;
  const key = (edit: Edit) => `${place(edit)}\0${edit.text}`;
  plans.forEach((plan, index) => {
    const made = run(plan);
    if (made.some(({ edits }) => edits.some((edit) => places.has(place(edit)) && !done.has(key(edit))))) {
      left.push(plan);
      return;
    }
    const changes = made.filter(
      (change) => change.edits.length === 0 || !change.edits.every((edit) => done.has(key(edit))),
    );
    const suffix = index === 0 ? "" : `@${plan.model.target.name ?? plan.model.target.index}`;
    const own = new Set(changes.map((change) => change.id));
    for (const change of changes) {
      const dependsOn = change.dependsOn.map((id) => (own.has(id) ? named(id, suffix) : id));
      all.push({
        ...change,
        id: named(change.id, suffix),
        dependsOn,
        edits: change.edits.filter((edit) => !done.has(key(edit))),
      });
    }
    for (const edit of changes.flatMap((change) => change.edits)) {
      done.add(key(edit));
      places.add(place(edit));
    }
  });
  return { all, left };
}

/** Two targets want the same step done in two ways. */
function targetStays({ path, model: { target } }: Plan): Advice {
  return {
    title: `The target ${target.name} stays as it is`,
    reason: `It shares steps with the last stage, but would run as another account. Give both the same one, or pass --target ${target.name} to migrate this one instead.`,
    path,
    line: target.from.line,
  };
}

/** Ids begin with their pass and a colon. */
function named(id: string, suffix: string): string {
  return suffix === "" ? id : id.includes(":") ? id + suffix : `${id}:${suffix}`;
}

function uniqueAdvice(plans: readonly Plan[]): Advice[] {
  const seen = new Map(
    plans
      .flatMap((plan) => plan.advice)
      .map((advice) => [`${advice.title}\0${advice.path}\0${advice.line}`, advice]),
  );
  return [...seen.values()];
}

/** Leaves out single edits of a change that allows that; one without any edits left is rejected by its id. */
function withoutParts(change: Change, rejected: Set<string>): Change {
  if (change.separable !== true) return change;
  const edits = change.edits.filter((_, index) => !rejected.has(partId(change.id, index)));
  if (edits.length === 0) rejected.add(change.id);
  return edits.length === change.edits.length ? change : { ...change, edits };
}

/** `# deroot-ignore-next-line PASS`: no change of that pass (or of any, without a name) in the next instruction. */
function withoutIgnored(dockerfile: Dockerfile, path: string, changes: readonly Change[]): readonly Change[] {
  const comments = dockerfile.comments.filter((comment) =>
    comment.text.startsWith("deroot-ignore-next-line"),
  );
  if (comments.length === 0) return changes;
  const rules = comments.flatMap((comment) => {
    const next = dockerfile.instructions.find((instruction) => instruction.line > comment.line);
    const names = comment.text
      .split(/[\s,]+/)
      .slice(1)
      .filter(Boolean);
    return next ? [{ next, names }] : [];
  });
  return withoutRejected(changes, (change) =>
    rules.some(
      ({ next, names }) =>
        (names.length === 0 || names.includes(change.pass)) &&
        change.edits.some((edit) => edit.path === path && edit.end > next.start && edit.start < next.end),
    ),
  );
}

function changedFiles(changes: readonly Change[], texts: ReadonlyMap<string, string>): FileChange[] {
  const edits = new Map<string, Edit[]>();
  const modes = new Set<string>();
  for (const change of changes) {
    for (const edit of change.edits) {
      const list = edits.get(edit.path);
      if (list) list.push(edit);
      else edits.set(edit.path, [edit]);
    }
    for (const mode of change.modes ?? []) modes.add(mode.path);
  }
  const files: FileChange[] = [];
  for (const path of [...new Set([...edits.keys(), ...modes])].sort()) {
    const before = texts.get(path) ?? null;
    const after = applyEdits(before ?? "", edits.get(path) ?? []);
    const mode = modes.has(path) ? "100755" : null;
    if (after === before && mode === null) continue;
    files.push(fileChange(path, before, after, mode));
  }
  return files;
}
