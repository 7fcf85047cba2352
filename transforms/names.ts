import type { Step } from "../src/analysis/index.ts";
import type { Plan } from "../src/rewrite/plan/plan.ts";
import type { RootLine } from "../src/rewrite/plan/root-lines.ts";
import type { PlannedAccount } from "../src/rewrite/plan/account.ts";

/**
 * The account as `--chown` and `chown` want it. Names read better, but only where passwd has them for certain:
 * not with --link (which sees no passwd), not in a parent stage, not before the step that makes the account.
 */
export function ownerSpec(plan: Plan, account: PlannedAccount, at: Step | null): string {
  const numeric = account.uid === null ? null : `${account.uid}:${account.gid ?? account.uid}`;
  const named = account.name !== null && account.group !== null ? `${account.name}:${account.group}` : null;
  if (plan.options.ownership === "group0") return numeric ?? named ?? "0:0";
  if (named === null || !account.inPasswd) return numeric ?? account.name ?? "0:0";
  if (numeric === null || at === null) return named;
  const tooEarly = account.madeBy !== null && at.instruction.index < account.madeBy.instruction.index;
  const beforeAccount =
    account.lines.length > 0 &&
    plan.positions?.account.at === "before" &&
    at.instruction.index < plan.positions.account.instruction.index;
  return at.copy?.link || at.stage !== plan.model.target || tooEarly || beforeAccount ? numeric : named;
}

/** What USER says: numbers, so that Kubernetes' runAsNonRoot can check them. */
export function userSpec(plan: Plan, account: PlannedAccount): string {
  if (plan.options.userStyle === "name" && account.name !== null) return account.name;
  if (account.args.length > 0) return "$UID";
  if (account.uid === null) return account.uidVariable ?? account.name ?? "65532";
  if (plan.options.ownership === "group0") return `${account.uid}:0`;
  return account.source === "numeric" && account.gid !== null
    ? `${account.uid}:${account.gid}`
    : String(account.uid);
}

/** Ids of the changes that must be there for the account to exist. */
export function accountChanges(account: PlannedAccount): string[] {
  return account.lines.length > 0 || account.fixedId !== null ? ["account"] : [];
}

/** Lines of the start that are changed: what may fail is left as it is. */
export function mendedLines({ rootLines }: Plan): readonly RootLine[] {
  return rootLines.filter(({ command }) => command.tolerated !== true);
}

/** The change that lets a start script do without root. */
export function startScriptId(path: string): string {
  return `start-script:${path}`;
}

/** Ids of the changes without which the start would fail as the account. */
export function startScriptChanges(plan: Plan): string[] {
  return [...new Set(mendedLines(plan).map(({ path }) => startScriptId(path)))];
}

/** Of the changes that give a COPY or ADD its --chown. */
export function copyChownIds({ handover }: Plan): Map<Step, string> {
  const taken = new Set<string>();
  return new Map(
    handover.copies.map(({ step }) => [step, freshId(`copy-chown:${step.copy!.sources.join(" ")}`, taken)]),
  );
}

/** Ids name what is changed: line numbers would differ as soon as a line is added above. */
export function freshId(id: string, taken: Set<string>): string {
  let fresh = id;
  for (let count = 2; taken.has(fresh); count++) fresh = `${id}:${count}`;
  taken.add(fresh);
  return fresh;
}
