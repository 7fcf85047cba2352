import { type ImageModel, type Step, isRootUser, userName } from "../../analysis/index.ts";
import { type BaseAccount, type BaseImage, accountStep, freeId } from "../../images/index.ts";
import type { AccountChange, ShellCommand } from "../../shell/index.ts";
import type { Account, Applicability, Edit, Evidence, RewriteOptions } from "../types.ts";

/** The account that the image will run as, and how it comes to be. */
export interface PlannedAccount extends Account {
  /** The group's name, where it is known to exist. */
  readonly group: string | null;
  /** Lines of the RUN that makes it; empty when it is there already. */
  readonly lines: readonly string[];
  /** Gives an account that the Dockerfile makes a fixed uid, so that USER can be a number. */
  readonly fixedId: Edit | null;
  /** The step that makes it, when the Dockerfile does. */
  readonly madeBy: Step | null;
  /** Names in --chown resolve: the account stands in the image's own passwd. */
  readonly inPasswd: boolean;
  readonly applicability: Applicability;
  readonly title: string;
  readonly reason: string;
  readonly evidence: readonly Evidence[];
  readonly note: string | null;
  /** ARG lines that let a build choose the ids; USER then names the ARG. */
  readonly args: readonly string[];
  /** The variable, as written, that gives an account of the Dockerfile its uid, where it holds at the end too. */
  readonly uidVariable: string | null;
}

export const DEFAULT_ID = 10001;
const NUMERIC_ID = 65532;

/** Chooses the account by the table in the design: the Dockerfile's own, the base's, a new one, or a bare number. */
export function chooseAccount(
  model: ImageModel,
  path: string,
  options: RewriteOptions,
  needsHome: boolean,
): PlannedAccount {
  const named =
    options.user !== undefined && options.uid === undefined ? knownAccount(model, options.user) : null;
  if (named) return forPolicy(existing(named, path, model), options);
  const explicit = options.user !== undefined || options.uid !== undefined || options.gid !== undefined;
  if (!explicit) {
    const own = accountInUse(model, needsHome) ?? accountFromDockerfile(model, path);
    if (own) return forPolicy(own, options);
    const shipped = options.account === "new" ? null : accountFromBase(model);
    if (shipped) return forPolicy(shipped, options);
  }
  return forPolicy(newAccount(model, path, options), options);
}

/** OpenShift's arbitrary uid comes with gid 0, so that is the group that matters. */
function forPolicy(account: PlannedAccount, options: RewriteOptions): PlannedAccount {
  return options.ownership === "group0" ? { ...account, gid: 0, group: "root" } : account;
}

/** An earlier USER of the chain, or the base's own non-root user, that the file left for root again. */
function accountInUse(model: ImageModel, needsHome: boolean): PlannedAccount | null {
  const base = model.base.image;
  const earlier = model.steps.findLast(
    (step) => step.instruction.keyword !== "FROM" && step.user !== null && !step.root,
  );
  const value = earlier?.user ?? (base && !base.user.isRoot ? base.user.name : null);
  if (!value || isRootUser(value) || value.includes("$")) return null;
  const name = userName(value);
  const known = knownAccount(model, name);
  // nobody has no home, and what needs one went back to root for that.
  if (needsHome && known?.name === "nobody" && !isOwner(model, "nobody")) return null;
  const numeric = /^\d+$/.test(name);
  return {
    ...EXISTING,
    name: numeric ? (known?.name ?? null) : name,
    uid: numeric ? Number(name) : (known?.uid ?? null),
    gid: known?.gid ?? groupNumber(value),
    group: known?.group ?? null,
    home: known?.home ?? null,
    inPasswd: known !== null || !numeric,
    source: numeric && !known ? "numeric" : "reused",
    title: `Run as ${value} again`,
    reason: `The image already has ${value} as its user; a later USER went back to root.`,
    evidence: [
      earlier
        ? {
            source: "dockerfile",
            where: "Dockerfile",
            line: earlier.instruction.line,
            says: `runs as ${value} here`,
          }
        : { source: "base", where: base!.reference, line: null, says: `the image's own user is ${value}` },
    ],
  };
}

function isOwner(model: ImageModel, name: string): boolean {
  return model.steps.some(
    ({ effects, copy }) =>
      (copy?.chown != null && userName(copy.chown) === name) ||
      effects.some(({ owners }) => owners.some((owner) => owner.user === name)),
  );
}

const EXISTING = {
  lines: [],
  fixedId: null,
  madeBy: null,
  inPasswd: true,
  applicability: "safe",
  note: null,
  args: [],
  uidVariable: null,
} as const satisfies Partial<PlannedAccount>;

function groupNumber(user: string): number | null {
  const group = user.split(":")[1];
  return group && /^\d+$/.test(group) ? Number(group) : null;
}

function knownAccount(model: ImageModel, nameOrId: string): (BaseAccount & { fromBase: boolean }) | null {
  const shipped = model.base.image?.users.find((u) => u.name === nameOrId || String(u.uid) === nameOrId);
  if (shipped) return { ...shipped, fromBase: true };
  const made = accountsMade(model).find(
    (a) => a.change.name === nameOrId || String(a.change.id) === nameOrId,
  );
  if (!made) return null;
  const { change } = made;
  return {
    name: change.name,
    uid: change.id,
    gid: null,
    group: groupOf(change, model.base.image),
    home: change.home,
    shell: null,
    fromBase: false,
  };
}

/** The account that --user names, where it is there already. */
function existing(
  account: BaseAccount & { fromBase: boolean },
  path: string,
  model: ImageModel,
): PlannedAccount {
  return {
    ...EXISTING,
    name: account.name,
    uid: account.uid,
    gid: account.gid,
    group: account.group,
    home: account.home,
    madeBy: accountsMade(model).find((made) => made.change.name === account.name)?.step ?? null,
    source: "reused",
    title: `Run as ${account.name}`,
    reason: `--user names ${account.name}, which is there already.`,
    evidence: [{ source: "option", where: path, line: null, says: `--user ${account.name}` }],
  };
}

interface MadeAccount {
  readonly change: AccountChange;
  readonly step: Step;
  readonly command: ShellCommand;
}

/** Users that the chain's RUN steps make for certain and do not delete again. */
function accountsMade(model: ImageModel): MadeAccount[] {
  const made = new Map<string, MadeAccount>();
  for (const step of model.steps) {
    step.effects.forEach((effects, index) => {
      const command = step.commands[index]!;
      for (const change of effects.accounts) {
        if (change.kind === "delete-user") made.delete(change.name);
        else if (change.kind === "user" && isCertain(command, change, step) && !isRootUser(change.name)) {
          made.set(change.name, { change, step, command });
        }
      }
    });
  }
  return [...made.values()];
}

/** Made in any case, or unless it is there: `test "$(id -u app)" = 10001 || useradd …`. */
function isCertain(command: ShellCommand, change: AccountChange, step: Step): boolean {
  if (!command.conditional) return true;
  const has = (name: string, ...wanted: readonly string[]): boolean =>
    step.commands.some((one) => {
      const words = one.argv.map((word) => word.value);
      return one.name === name && wanted.every((word) => words.includes(word));
    });
  return has("test", "=", String(change.id)) && has("id", "-u", change.name);
}

function accountFromDockerfile(model: ImageModel, path: string): PlannedAccount | null {
  const made = accountsMade(model);
  if (made.length === 0) return null;
  const owners = new Set(
    model.steps.flatMap((step) => step.effects.flatMap((e) => e.owners.map((o) => o.user))),
  );
  const chosen = made.findLast((m) => owners.has(m.change.name)) ?? made[made.length - 1]!;
  const { change, step, command } = chosen;
  const computed = command.argv.find((word) => word.raw.includes("$") && word.value === String(change.id));
  const told = change.id === null ? uidOption(command) : null;
  const fixedId = change.id === null && told === null ? fixId(chosen, model, path) : null;
  const uid = computed ? null : (change.id ?? fixedId?.uid ?? null);
  return {
    ...EXISTING,
    name: change.name,
    uid,
    gid: gidOf(change, uid, model),
    group: groupOf(change, model.base.image),
    home: change.home ?? (change.createsHome ? `/home/${change.name}` : null),
    madeBy: step,
    fixedId: fixedId?.edit ?? null,
    uidVariable: [computed?.raw, told].find((word) => word != null && isInScope(word, model)) ?? null,
    source: "reused",
    title: fixedId ? `Give ${change.name} the fixed uid ${fixedId.uid}` : `Run as ${change.name}`,
    reason: fixedId
      ? `The Dockerfile makes ${change.name} but never switches to it. A fixed uid lets USER be a number, which Kubernetes' runAsNonRoot needs.`
      : `The Dockerfile makes ${change.name} but never switches to it.`,
    evidence: [
      {
        source: "dockerfile",
        where: path,
        line: step.instruction.line,
        says: `makes the user ${change.name}`,
      },
    ],
  };
}

/** What the command is told to take as uid, as written, where nobody can say which that is: `-u "$UID"`. */
function uidOption({ argv }: ShellCommand): string | null {
  for (const [index, { raw, value }] of argv.entries()) {
    if (/^(?:-u|--uid)$/.test(value ?? "")) return unquoted(argv[index + 1]?.raw ?? "");
    const joined = /^(?:--uid=|-u)(.+)$/.exec(raw);
    if (joined) return unquoted(joined[1]!);
  }
  return null;
}

function unquoted(raw: string): string {
  return raw.replace(/^"(.*)"$/, "$1");
}

/** `$UID` or `${UID}`, which is still set where USER goes. */
function isInScope(word: string, model: ImageModel): boolean {
  const name = /^\$(?:\{(\w+)\}|(\w+))$/.exec(word);
  return name !== null && model.final.env.has(name[1] ?? name[2]!);
}

/** `useradd app` -> `useradd --uid 10001 app`, where the command is plain enough to edit. */
function fixId(made: MadeAccount, model: ImageModel, path: string): { edit: Edit; uid: number } | null {
  const [program] = made.command.argv;
  if (!program || made.command.conditional || made.command.function !== null || made.command.substitution)
    return null;
  // In a loop it makes several, which cannot have one uid.
  if (made.step.commands.some((other) => other !== made.command && other.start === made.command.start))
    return null;
  const busybox = made.command.name === "adduser" && model.base.image?.userTools.adduser === "busybox";
  if (made.command.name !== "useradd" && made.command.name !== "adduser") return null;
  if (made.command.name === "adduser" && !model.base.image?.userTools.adduser && !busybox) return null;
  const uid = model.base.image ? freeId(model.base.image, DEFAULT_ID) : DEFAULT_ID;
  const option = busybox ? `-u ${uid}` : `--uid ${uid}`;
  return { edit: { path, start: program.end, end: program.end, text: ` ${option}` }, uid };
}

/** The primary group's name: named in the command, or made along with the user. */
function groupOf(change: AccountChange, base: BaseImage | null): string | null {
  if (change.group) return /^\d+$/.test(change.group) ? null : change.group;
  if (change.system && base?.userTools.adduser === "busybox") return "nogroup";
  return change.system && base?.userTools.adduser === "debian" ? null : change.name;
}

/** Of the group that is named with its number, or made along with the user, which takes the user's if that is free. */
function gidOf(change: AccountChange, uid: number | null, { steps, base }: ImageModel): number | null {
  if (change.group !== null && /^\d+$/.test(change.group)) return Number(change.group);
  const groups = steps.flatMap(({ effects }) =>
    effects.flatMap(({ accounts }) => accounts.filter(({ kind }) => kind === "group")),
  );
  const named = groups.find(({ name }) => name === (change.group ?? change.name));
  if (named) return named.id;
  const isTaken = groups.some(({ id }) => id === uid) || base.image?.takenIds.gids.includes(uid ?? -1);
  const isOwn = change.group === null || change.group === change.name;
  return isOwn && !change.system && base.image?.distro !== "suse" && base.image && !isTaken ? uid : null;
}

function accountFromBase(model: ImageModel): PlannedAccount | null {
  const base = model.base.image;
  const account = base?.users.find((user) => user.name === base.serviceAccount);
  if (!base || !account || isDeleted(model, account.name)) return null;
  return {
    ...EXISTING,
    name: account.name,
    uid: account.uid,
    gid: account.gid,
    group: account.group,
    home: account.home,
    source: "reused",
    title: `Run as ${account.name}, which ${base.reference} ships`,
    reason: `${base.reference} has the account ${account.name}${account.uid === null ? "" : ` (uid ${account.uid})`} for this purpose.`,
    evidence: [
      { source: "base", where: base.reference, line: null, says: `ships the account ${account.name}` },
    ],
  };
}

function isDeleted(model: ImageModel, name: string): boolean {
  return model.steps.some((step) =>
    step.effects.some((e) => e.accounts.some((a) => a.kind === "delete-user" && a.name === name)),
  );
}

function newAccount(model: ImageModel, path: string, options: RewriteOptions): PlannedAccount {
  const base = model.base.image;
  if (!canRun(model)) return numericAccount(model, options);
  const name = freeName(model, options.user ?? "app");
  const uid = options.uid ?? (base ? freeId(base, DEFAULT_ID) : DEFAULT_ID);
  const gid = options.gid ?? options.uid ?? uid;
  // Whatever runs may look for a home: caches and settings stand there.
  const home = `/home/${name}`;
  const idsFromArgs = options.uidArgs === true;
  const made = accountStep(base, { name, group: name, uid, gid, home, createHome: true, idsFromArgs });
  if (!made) return numericAccount(model, options);
  const sure = base !== null && !model.base.inferred;
  return {
    ...EXISTING,
    name,
    uid,
    gid,
    group: name,
    home,
    lines: made.lines,
    args: idsFromArgs ? [`ARG UID=${uid}`, `ARG GID=${gid}`] : [],
    source: "created",
    applicability: sure ? "safe" : "likely",
    title: `Make the account ${name} (${uid}:${gid})`,
    reason: sure
      ? `${base.reference} ships no account for applications.`
      : `Nothing is known of the base image ${model.base.raw}, so the account is made by whichever tool it has.`,
    evidence: base
      ? [
          {
            source: "base",
            where: base.reference,
            line: null,
            says: `${base.distro ?? "unknown distro"}; no account for applications`,
          },
        ]
      : [
          {
            source: "dockerfile",
            where: path,
            line: model.chain[0]!.from.line,
            says: `the base image ${model.base.raw} is not known`,
          },
        ],
    note: made.note,
  };
}

/**
 * Whether a RUN can be added. It can where the file's own RUN steps use a shell, or the profile knows one. It
 * cannot in a stage without RUN of a file that cross-builds: the builder may not be able to run its programs.
 */
export function canRun(model: ImageModel): boolean {
  if (model.steps.some((step) => step.instruction.keyword === "RUN" && !step.instruction.json)) return true;
  if (typeof model.base.image?.shell !== "string") return false;
  return !model.dockerfile.stages.some((stage) =>
    stage.from.flags.some((flag) => flag.name === "platform" && flag.value?.includes("BUILDPLATFORM")),
  );
}

function numericAccount(model: ImageModel, options: RewriteOptions): PlannedAccount {
  const uid = options.uid ?? NUMERIC_ID;
  const gid = options.gid ?? options.uid ?? NUMERIC_ID;
  const unknown = model.base.image === null;
  return {
    ...EXISTING,
    name: null,
    uid,
    gid,
    group: null,
    home: null,
    inPasswd: false,
    source: "numeric",
    applicability: unknown ? "likely" : "safe",
    title: `Run as ${uid}:${gid}`,
    reason: unknown
      ? `Nothing is known of the base image ${model.base.raw} and no step shows a shell in it, so the account is a bare number.`
      : `${model.base.image!.reference} has no shell to make an account with; a bare number needs none.`,
    evidence: [
      {
        source: "base",
        where: model.base.reference ?? model.base.raw,
        line: null,
        says: unknown ? "not known" : "has no shell",
      },
    ],
  };
}

function freeName(model: ImageModel, wanted: string): string {
  const taken = new Set(
    model.base.image?.users.flatMap((user) => [user.name, user.group ?? user.name]) ?? [],
  );
  for (const step of model.steps) {
    for (const effects of step.effects) for (const account of effects.accounts) taken.add(account.name);
  }
  if (!taken.has(wanted)) return wanted;
  for (const candidate of ["appuser", "nonroot", "runner"]) if (!taken.has(candidate)) return candidate;
  return `${wanted}-user`;
}
