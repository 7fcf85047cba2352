import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { frozen } from "../../file-tree/frozen.ts";
import type { FileTree } from "../../file-tree.ts";
import type { Tool } from "../../report/report.ts";
import { WriteError } from "../../report/write.ts";
import type { RewriteOptions } from "../../rewrite/types.ts";
import { exportDecisions, formatDecisions } from "../decisions.ts";
import { gitStatus } from "../git-status.ts";
import type { ReviewSession } from "../session.ts";
import { ReviewError, type ReviewFile } from "../types.ts";
import type { Verdict } from "../verdicts.ts";
import type {
  Applied,
  Chosen,
  Detail,
  Event,
  Item,
  Overview,
  Page,
  SourceText,
  Undone,
  VerificationView,
} from "./protocol.ts";
import { DeskError, type Desk } from "./server.ts";
import type { Verifier } from "./verifier.ts";
import { detailOf, itemOf, textOf, type Reviewed } from "./views.ts";

export interface DeskInput {
  readonly session: ReviewSession;
  /** What the session reads. */
  readonly tree: FileTree;
  /** Where it is on disk, absolute. */
  readonly root: string;
  readonly options?: RewriteOptions;
  readonly tool: Tool;
  /** Topic to file. */
  readonly pages: ReadonlyMap<string, string>;
  readonly verifier: Verifier;
}

/** A review on a page: what {@link ReviewSession} decides, made ready to be looked at. */
export class ReviewDesk implements Desk {
  readonly #input: DeskInput;
  readonly #tree: FileTree;
  readonly #items = new Map<string, Item>();
  /** What each changes besides itself. */
  readonly #companions = new Map<string, readonly string[]>();
  readonly #verifications = new Map<string, VerificationView>();
  #applied: Applied | null = null;
  #verifying: { readonly dockerfile: string; readonly abort: AbortController } | null = null;
  #verified = Promise.resolve();
  #tell: (event: Event) => void = () => undefined;

  constructor(input: DeskInput) {
    this.#input = input;
    this.#tree = frozen(input.tree);
  }

  listen(listener: (event: Event) => void): void {
    this.#tell = listener;
  }

  /** Whether the choices are on disk. */
  get hasWritten(): boolean {
    return this.#applied !== null && this.#applied.files.length > 0;
  }

  /** Looks at every Dockerfile once, so that the list fills while a person reads the first. */
  async readAll(): Promise<void> {
    let batch: Item[] = [];
    let told = Date.now();
    for await (const file of this.#input.session.files()) {
      batch.push(this.#remember(file));
      if (Date.now() - told < BATCH_MS) continue;
      this.#tell({ type: "items", items: batch });
      batch = [];
      told = Date.now();
    }
    this.#tell({ type: "items", items: batch });
  }

  overview(): Promise<Overview> {
    const { session, tool, root } = this.#input;
    return Promise.resolve({
      tool: { name: tool.name, version: tool.version },
      project: basename(root),
      items: session.dockerfiles.map((dockerfile) => this.#items.get(dockerfile) ?? waiting(dockerfile)),
      applied: this.#applied,
      verifying: this.#verifying?.dockerfile ?? null,
    });
  }

  async detail(dockerfile: string): Promise<Detail> {
    return this.#detailOf(await this.#open(dockerfile));
  }

  async decide(dockerfile: string, change: string, verdict: Verdict, withNeeded: boolean): Promise<Chosen> {
    this.#expectOpen();
    const { session } = this.#input;
    const decided = await known(session.decide(dockerfile, change, verdict, { withNeeded }));
    if (decided.taken) await this.#changed(decided.file);
    return {
      taken: decided.taken,
      along: decided.along.map(({ change: { id } }) => id),
      needs: decided.taken ? [] : decided.needs.map(({ id }) => id),
      lostEdit: decided.lostEdit,
      detail: await this.#detailOf(decided.file),
    };
  }

  async split(dockerfile: string, change: string): Promise<Detail> {
    this.#expectOpen();
    const { session } = this.#input;
    if (!(await known(session.split(dockerfile, change)))) {
      throw new DeskError(409, "the edits of this change only make sense together");
    }
    const file = await session.open(dockerfile);
    await this.#changed(file);
    return this.#detailOf(file);
  }

  async decideRest(dockerfile: string | null, verdict: "accepted" | "rejected"): Promise<void> {
    this.#expectOpen();
    const { session } = this.#input;
    const rest = (path?: string): Promise<void> =>
      verdict === "accepted" ? session.acceptRest(path) : session.rejectRest(path);
    await known(rest(dockerfile ?? undefined));
    if (dockerfile === null) await this.#lookAgain(session.dockerfiles);
    else await this.#changed(await session.open(dockerfile));
  }

  async undo(): Promise<Undone> {
    this.#expectOpen();
    const undone = await this.#input.session.undo();
    if (undone === null) return { dockerfile: null, change: null };
    // A step can have been one over many.
    await this.#lookAgain(this.#input.session.dockerfiles);
    return { dockerfile: undone.dockerfile, change: undone.changeId };
  }

  async apply(): Promise<Applied> {
    this.#expectOpen();
    const { session, root } = this.#input;
    try {
      const { files, failed } = await session.apply(root);
      this.#applied = {
        files: files.map(({ path }) => path),
        gitStatus: await gitStatus(root),
        failures: failed.map(({ dockerfile, reason }) => ({
          path: dockerfile,
          message: reason?.message ?? "it does not hold together",
          hint: reason?.remedy ?? "",
        })),
      };
    } catch (error) {
      if (!(error instanceof WriteError)) throw error;
      throw new DeskError(409, `nothing was written: ${error.path}: ${error.message}`, error.hint);
    }
    await this.#lookAgain(session.dockerfiles);
    this.#tell({ type: "overview", overview: await this.overview() });
    return this.#applied;
  }

  async verify(dockerfile: string): Promise<void> {
    this.#expectOpen();
    if (this.#verifying !== null) {
      throw new DeskError(
        409,
        `${this.#verifying.dockerfile} is being verified`,
        "Cancel that first, or wait.",
      );
    }
    const { chosen } = await this.#open(dockerfile);
    if (chosen.files.length === 0)
      throw new DeskError(409, "there is nothing to compare: no change is accepted");
    const abort = new AbortController();
    this.#verifying = { dockerfile, abort };
    this.#tell({ type: "overview", overview: await this.overview() });
    // Goes on by itself; the page hears of it.
    this.#verified = this.#carryOut(dockerfile, chosen, abort.signal);
  }

  async #carryOut(dockerfile: string, chosen: ReviewFile["chosen"], signal: AbortSignal): Promise<void> {
    const onProgress = (stage: string, line: string): void =>
      this.#tell({ type: "progress", dockerfile, stage, line });
    try {
      const seen = await this.#input.verifier(chosen, signal, onProgress);
      if (!signal.aborted) this.#verifications.set(dockerfile, { ...seen, stale: false });
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      this.#verifications.set(dockerfile, stumbled(message));
    } finally {
      this.#verifying = null;
      const now = await this.#open(dockerfile);
      if (now.chosen !== chosen) this.#outdate(dockerfile);
      this.#remember(now);
      this.#tell({ type: "changed", dockerfile });
      this.#tell({ type: "overview", overview: await this.overview() });
    }
  }

  /** Ends a verification, and waits until what it made is gone. */
  async cancel(): Promise<void> {
    this.#verifying?.abort.abort();
    await this.#verified;
  }

  async decisions(): Promise<string> {
    return formatDecisions(await exportDecisions(this.#input.session));
  }

  async page(topic: string): Promise<Page> {
    const file = this.#input.pages.get(topic.toLowerCase());
    if (file === undefined) throw new DeskError(404, `there is no page about ${topic}`);
    return { topic, markdown: await readFile(file, "utf8") };
  }

  async source(path: string): Promise<SourceText> {
    // Only what the tree lists: no path leads out of the project, nor to what git hides in it.
    const isListed = (await this.#tree.list()).some((entry) => entry.path === path);
    const text = isListed ? await textOf(this.#tree, path) : null;
    if (text === null) throw new DeskError(404, `${path} is no text of this project`);
    return { path, text };
  }

  #expectOpen(): void {
    if (this.#applied === null) return;
    throw new DeskError(409, "the changes are written already", "Start deroot review again to go on.");
  }

  #open(dockerfile: string): Promise<ReviewFile> {
    return known(this.#input.session.open(dockerfile));
  }

  #detailOf(file: ReviewFile): Promise<Detail> {
    const verification = this.#verifications.get(file.dockerfile) ?? null;
    const { options } = this.#input;
    return detailOf({ reviewed: reviewed(file), tree: this.#tree, options, verification });
  }

  #remember(file: ReviewFile): Item {
    const verified = this.#verifications.get(file.dockerfile)?.verdict ?? null;
    const item = itemOf(reviewed(file), verified);
    this.#items.set(file.dockerfile, item);
    const others = file.offered.files.map(({ path }) => path).filter((path) => path !== file.dockerfile);
    this.#companions.set(file.dockerfile, others);
    return item;
  }

  /** One Dockerfile is chosen differently; so may be those after it that share a file with it. */
  async #changed(file: ReviewFile): Promise<void> {
    this.#outdate(file.dockerfile);
    const { dockerfiles } = this.#input.session;
    this.#tell({ type: "items", items: [this.#remember(file)] });
    this.#tell({ type: "changed", dockerfile: file.dockerfile });
    const own = this.#companions.get(file.dockerfile)!;
    const later = dockerfiles
      .slice(dockerfiles.indexOf(file.dockerfile) + 1)
      .filter((each) => this.#companions.get(each)?.some((path) => own.includes(path)));
    const items: Item[] = [];
    for (const dockerfile of later) items.push(this.#remember(await this.#open(dockerfile)));
    if (items.length > 0) this.#tell({ type: "items", items });
    for (const dockerfile of later) {
      this.#outdate(dockerfile);
      this.#tell({ type: "changed", dockerfile });
    }
  }

  /** Tells of those that are not what they were. */
  async #lookAgain(dockerfiles: readonly string[]): Promise<void> {
    const items: Item[] = [];
    for (const dockerfile of dockerfiles) {
      const before = this.#items.get(dockerfile);
      if (before === undefined) continue;
      const now = this.#remember(await this.#open(dockerfile));
      if (JSON.stringify(before) !== JSON.stringify(now)) items.push(now);
    }
    this.#tell({ type: "items", items });
    for (const { dockerfile } of items) {
      this.#outdate(dockerfile);
      this.#tell({ type: "changed", dockerfile });
    }
  }

  #outdate(dockerfile: string): void {
    const seen = this.#verifications.get(dockerfile);
    if (seen !== undefined) this.#verifications.set(dockerfile, { ...seen, stale: true });
  }
}

const BATCH_MS = 100;

function waiting(dockerfile: string): Item {
  const nothing = { changes: 0, accepted: 0, rejected: 0, advice: 0 };
  return { dockerfile, status: null, outcome: "", ...nothing, verified: null };
}

function reviewed({ offered, chosen, changes, edited }: ReviewFile): Reviewed {
  return { offered, chosen, changes, isEdited: edited !== null };
}

function stumbled(message: string): VerificationView {
  return {
    verdict: "not comparable",
    reason: `deroot stumbled: ${message}`,
    remedy: "Please report it.",
    findings: [],
    notes: [],
    facts: [],
    engine: "no engine",
    seconds: 0,
    stale: false,
  };
}

/** A Dockerfile or change that is not there is the request's fault. */
async function known<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof ReviewError) throw new DeskError(404, error.message);
    throw error;
  }
}
