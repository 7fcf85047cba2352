/**
 * A review: which changes are offered, what a person said of each, and what comes of it. Knows neither terminal nor
 * browser. What is written is always `rewrite` with the rejected changes left out, never a patch of its own.
 */
import type { FileTree } from "../file-tree.ts";
import { frozen } from "../file-tree/frozen.ts";
import { adviceOf } from "../report/report.ts";
import { writeTogether } from "../report/write.ts";
import { attempt, fileChange, knownImages, partId } from "../rewrite/index.ts";
import type { Change, RewriteOptions, RewriteResult } from "../rewrite/types.ts";
import { Bases } from "./bases.ts";
import { combined } from "./change-files.ts";
import { checkEdited, type EditedText, type EditProblem } from "./edited.ts";
import { type Decided, type Outcome, ReviewError, type ReviewFile, type Undone } from "./types.ts";
import {
  acceptRest,
  decidable,
  decide,
  rejectRest,
  withParts,
  type Verdict,
  type Verdicts,
} from "./verdicts.ts";

interface Entry {
  readonly path: string;
  verdicts: Verdicts;
  edited: EditedText | null;
  /** Ids of changes that are decided edit by edit. */
  split: ReadonlySet<string>;
  /** In which base `offered` was made. */
  key: number | null;
  offered: RewriteResult | null;
  /** What `chosen` was made from. */
  choice: string | null;
  chosen: RewriteResult | null;
}

interface Step extends Undone {
  readonly before: readonly Pick<Entry, "path" | "verdicts" | "edited" | "split">[];
}

/**
 * A review of some Dockerfiles. Opening it costs nothing: a Dockerfile is rewritten when it is first asked for, and
 * again only when what it shares with an earlier one has changed. Dockerfiles that nobody opened take no part.
 *
 * Every method waits for those called before it, so that two callers (tabs) never see half a step.
 */
export class ReviewSession {
  readonly dockerfiles: readonly string[];
  readonly #tree: FileTree;
  readonly #options: RewriteOptions;
  readonly #entries: ReadonlyMap<string, Entry>;
  readonly #bases: Bases;
  readonly #steps: Step[] = [];
  #turn: Promise<unknown> = Promise.resolve();

  /**
   * @param tree where files come from; what was read once stays as it was read.
   * @param dockerfiles relative to the tree's root, in the order in which they are reviewed and written.
   */
  constructor(tree: FileTree, dockerfiles: readonly string[], options: RewriteOptions = {}) {
    this.#tree = frozen(tree);
    this.#options = options;
    this.dockerfiles = dockerfiles;
    this.#bases = new Bases(this.#tree);
    this.#entries = new Map(
      dockerfiles.map((path) => [
        path,
        {
          path,
          verdicts: new Map(),
          edited: null,
          split: new Set(),
          key: null,
          offered: null,
          choice: null,
          chosen: null,
        },
      ]),
    );
  }

  /** One Dockerfile as it stands. @throws ReviewError for one that is not under review. */
  open(dockerfile: string): Promise<ReviewFile> {
    return this.#inTurn(() => this.#view(this.#entry(dockerfile)));
  }

  /** All of them, one by one. Between two, other calls have their turn. */
  async *files(): AsyncGenerator<ReviewFile> {
    for (const path of this.dockerfiles) {
      yield await this.open(path);
      await new Promise((done) => setImmediate(done));
    }
  }

  /** Whether a Dockerfile has been opened, without opening it. */
  isOpen(dockerfile: string): boolean {
    return this.#entry(dockerfile).offered !== null;
  }

  /**
   * Says something of one change. Rejecting takes back what rests on it. Accepting a change that rests on rejected
   * ones takes nothing and names them, unless `withNeeded`, which accepts all that it rests on too.
   * @throws ReviewError for a change that is not offered.
   */
  decide(
    dockerfile: string,
    changeId: string,
    verdict: Verdict,
    options: { readonly withNeeded?: boolean } = {},
  ): Promise<Decided> {
    return this.#inTurn(async () => {
      const entry = this.#entry(dockerfile);
      const changes = await this.#changes(entry);
      if (!changes.some((change) => change.id === changeId))
        throw new ReviewError(`${dockerfile} has no change ${changeId}`);
      const { taken, verdicts, along, needs } = decide(changes, entry.verdicts, changeId, verdict, options);
      const lostEdit = taken && entry.edited !== null;
      if (taken) {
        this.#remember([entry], dockerfile, changeId);
        entry.verdicts = verdicts;
        entry.edited = null;
      }
      const byId = new Map(changes.map((change) => [change.id, change]));
      return {
        taken,
        along: along.map((id) => ({ change: byId.get(id)!, verdict: verdicts.get(id)! })),
        needs: needs.map((id) => byId.get(id)!),
        lostEdit,
        file: await this.#view(entry),
      };
    });
  }

  /**
   * Many verdicts on one Dockerfile at once; one step for `undo`. Returns the ids that were to be accepted but rest
   * on changes that are rejected: these are rejected, too.
   */
  decideAll(dockerfile: string, verdicts: Verdicts): Promise<string[]> {
    return this.#inTurn(async () => {
      const entry = this.#entry(dockerfile);
      const changes = await this.#changes(entry);
      const known = changes.filter(({ id }) => verdicts.has(id));
      if (known.length === 0) return [];
      let next: Verdicts = new Map([
        ...entry.verdicts,
        ...known.map(({ id }) => [id, verdicts.get(id)!] as const),
      ]);
      for (const { id } of known)
        if (verdicts.get(id) === "rejected") next = decide(changes, next, id, "rejected").verdicts;
      this.#remember([entry], dockerfile, null);
      entry.verdicts = next;
      entry.edited = null;
      return known.map(({ id }) => id).filter((id) => verdicts.get(id) !== next.get(id));
    });
  }

  /**
   * From now on a change is decided edit by edit: it is replaced by parts, `ID#1` and so on. False where its edits
   * only make sense together.
   */
  split(dockerfile: string, changeId: string): Promise<boolean> {
    return this.#inTurn(async () => {
      const entry = this.#entry(dockerfile);
      const change = (await this.#changes(entry)).find(({ id }) => id === changeId);
      if (change?.separable !== true) return false;
      this.#remember([entry], dockerfile, changeId);
      const verdict = entry.verdicts.get(changeId);
      const parts = change.edits.map((_, index) => partId(changeId, index));
      entry.split = new Set([...entry.split, changeId]);
      if (verdict)
        entry.verdicts = new Map([...entry.verdicts, ...parts.map((id) => [id, verdict] as const)]);
      return true;
    });
  }

  /** Accepts what is undecided, in one Dockerfile or (opening them) in all. One step for `undo`. */
  acceptRest(dockerfile?: string): Promise<void> {
    return this.#inTurn(async () => {
      const entries = dockerfile === undefined ? [...this.#entries.values()] : [this.#entry(dockerfile)];
      for (const entry of entries) await this.#changes(entry);
      await this.#settleAll(entries, acceptRest);
    });
  }

  /** Rejects what is undecided and what rests on it, in one Dockerfile or in all opened ones. One step for `undo`. */
  rejectRest(dockerfile?: string): Promise<void> {
    return this.#inTurn(() =>
      this.#settleAll(dockerfile === undefined ? this.#opened() : [this.#entry(dockerfile)], rejectRest),
    );
  }

  /**
   * Puts a text in place of what deroot makes of the Dockerfile itself; its other files stay as chosen, and what is
   * undecided in it is accepted. The text is taken only if BuildKit would read it; otherwise nothing happens and
   * the problem is returned.
   */
  edit(dockerfile: string, text: string): Promise<EditedText | EditProblem> {
    return this.#inTurn(async () => {
      const entry = this.#entry(dockerfile);
      const changes = await this.#changes(entry);
      const images = await knownImages(this.#tree, this.#options);
      const edited = checkEdited(text, this.#options.target, images);
      if ("message" in edited) return edited;
      this.#remember([entry], dockerfile, null);
      entry.verdicts = acceptRest(changes, entry.verdicts);
      entry.edited = edited;
      return edited;
    });
  }

  /** The Dockerfile's text as chosen now: what to hand to an editor. @throws TreeError when it cannot be read. */
  text(dockerfile: string): Promise<string> {
    return this.#inTurn(async () => {
      const { chosen } = await this.#view(this.#entry(dockerfile));
      return textIn(chosen) ?? this.#read(dockerfile);
    });
  }

  /** The Dockerfile's text as deroot makes it with these verdicts, whatever was edited. */
  madeText(dockerfile: string): Promise<string> {
    return this.#inTurn(async () => {
      const entry = this.#entry(dockerfile);
      await this.#refresh(entry);
      return textIn(entry.chosen!) ?? this.#read(dockerfile);
    });
  }

  /** Takes the last step back; null when there is none. */
  undo(): Promise<Undone | null> {
    return this.#inTurn(() => {
      const step = this.#steps.pop();
      if (step === undefined) return null;
      for (const { path, ...state } of step.before) Object.assign(this.#entry(path), state);
      return { dockerfile: step.dockerfile, changeId: step.changeId };
    });
  }

  /** What would be written now, undecided changes included. */
  outcome(): Promise<Outcome> {
    return this.#inTurn(() => this.#outcome());
  }

  /**
   * Writes what is accepted below `root`: all files or none. What is undecided is rejected first.
   * @throws WriteError when a file has changed since it was read, or cannot be written; then nothing is written.
   */
  apply(root: string): Promise<Outcome> {
    return this.#inTurn(async () => {
      await this.#settleAll(this.#opened(), rejectRest);
      const outcome = await this.#outcome();
      writeTogether(root, outcome.files, this.dockerfiles);
      return outcome;
    });
  }

  #inTurn<T>(action: () => T | Promise<T>): Promise<T> {
    const result = this.#turn.then(action);
    this.#turn = result.catch(() => undefined);
    return result;
  }

  #entry(path: string): Entry {
    const entry = this.#entries.get(path);
    if (entry === undefined) throw new ReviewError(`${path} is not under review`);
    return entry;
  }

  #opened(): Entry[] {
    return [...this.#entries.values()].filter((entry) => entry.offered !== null);
  }

  #remember(entries: readonly Entry[], dockerfile: string, changeId: string | null): void {
    const before = entries.map(({ path, verdicts, edited, split }) => ({ path, verdicts, edited, split }));
    this.#steps.push({ dockerfile, changeId, before });
  }

  /** Decides what is undecided in several Dockerfiles; where nothing is, it is no step. */
  async #settleAll(
    entries: readonly Entry[],
    settle: (changes: readonly Change[], verdicts: Verdicts) => Verdicts,
  ): Promise<void> {
    const open: { entry: Entry; changes: readonly Change[] }[] = [];
    for (const entry of entries) {
      const changes = await this.#changes(entry);
      if (changes.some(({ id }) => (entry.verdicts.get(id) ?? "undecided") === "undecided"))
        open.push({ entry, changes });
    }
    if (open.length === 0) return;
    this.#remember(
      open.map(({ entry }) => entry),
      open[0]!.entry.path,
      null,
    );
    for (const { entry, changes } of open) entry.verdicts = settle(changes, entry.verdicts);
  }

  /** Brings a Dockerfile up to date, and before it the opened ones that it may share files with. */
  async #refresh(wanted: Entry): Promise<void> {
    const base = this.#bases.start();
    for (const entry of this.#entries.values()) {
      if (entry.offered === null && entry !== wanted) continue;
      if (entry.key !== base.key || entry.offered === null) {
        entry.offered = await attempt(base.tree(), entry.path, this.#options);
        entry.key = base.key;
        entry.choice = null;
      }
      const rejected = this.#decidable(entry)
        .map(({ id }) => id)
        .filter((id) => entry.verdicts.get(id) === "rejected");
      const choice = rejected.join("\0");
      if (entry.choice !== choice || entry.chosen === null) {
        entry.chosen =
          rejected.length === 0
            ? entry.offered
            : await attempt(base.tree(), entry.path, { ...this.#options, reject: rejected });
        entry.choice = choice;
      }
      if (entry === wanted) return;
      base.put(entry.chosen);
    }
  }

  async #changes(entry: Entry): Promise<readonly Change[]> {
    await this.#refresh(entry);
    return this.#decidable(entry);
  }

  #decidable({ offered, split }: Entry): readonly Change[] {
    return withParts(decidable(offered!.changes), split);
  }

  async #view(entry: Entry): Promise<ReviewFile> {
    const changes = await this.#changes(entry);
    const offered = entry.offered!;
    return {
      dockerfile: entry.path,
      offered,
      chosen: entry.edited === null ? entry.chosen! : await this.#withEdit(entry.chosen!, entry.edited),
      changes: changes.map((change) => ({
        change,
        verdict: entry.verdicts.get(change.id) ?? "undecided",
      })),
      advice: adviceOf(offered),
      edited: entry.edited,
    };
  }

  async #withEdit(chosen: RewriteResult, { text, runsAsRoot }: EditedText): Promise<RewriteResult> {
    const { dockerfile } = chosen;
    const before = await this.#read(dockerfile);
    const others = chosen.files.filter(({ path }) => path !== dockerfile);
    const own = text === before ? [] : [fileChange(dockerfile, before, text, null)];
    const files = [...own, ...others].sort((a, b) => (a.path < b.path ? -1 : 1));
    return {
      ...chosen,
      status: files.length > 0 ? "rewritten" : chosen.status,
      runsAsRoot: { before: chosen.runsAsRoot.before, after: runsAsRoot },
      files,
    };
  }

  async #read(path: string): Promise<string> {
    return new TextDecoder("utf-8", { ignoreBOM: true }).decode(await this.#tree.read(path));
  }

  async #outcome(): Promise<Outcome> {
    const chosen: RewriteResult[] = [];
    for (const entry of this.#opened()) chosen.push((await this.#view(entry)).chosen);
    const results = chosen.filter((result) => result.files.length > 0);
    const failed = chosen.filter((result) => result.status === "failed");
    return { files: combined(results), results, failed };
  }
}

function textIn({ dockerfile, files }: RewriteResult): string | undefined {
  return files.find(({ path }) => path === dockerfile)?.after;
}
