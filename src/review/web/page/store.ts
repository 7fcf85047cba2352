import { printable } from "../../../report/text.ts";
import type { Verdict } from "../../verdicts.ts";
import type { Applied, Detail, Event, Item, OfferedChange, Overview } from "../protocol.ts";
import { SourceError, type Source } from "./source.ts";

export type Tab = "changes" | "files" | "image" | "verify";
export type Layout = "split" | "unified";
export type Theme = "system" | "light" | "dark";
export type Filter = "all" | "open" | "rewritten" | "declined" | "unchanged" | "failed";

/** What lies over the page. */
export type Dialog =
  | { readonly kind: "help" | "apply" }
  | { readonly kind: "page"; readonly topic: string }
  | { readonly kind: "source"; readonly path: string; readonly line: number | null }
  | { readonly kind: "needs"; readonly change: OfferedChange; readonly needs: readonly string[] };

export interface State {
  readonly overview: Overview | null;
  readonly dockerfile: string | null;
  readonly detail: Detail | null;
  /** Id of the change that the keys act on. */
  readonly change: string | null;
  readonly tab: Tab;
  readonly layout: Layout;
  readonly theme: Theme;
  readonly filter: Filter;
  readonly search: string;
  readonly isListOpen: boolean;
  readonly dialog: Dialog | null;
  readonly isBusy: boolean;
  /** Told once, then gone. */
  readonly message: { readonly text: string; readonly isError: boolean } | null;
  /** Why the server does not answer. */
  readonly problem: string | null;
  readonly progress: readonly { readonly stage: string; readonly line: string }[];
  /** The choices as a file, for when the server is gone. */
  readonly decisions: string | null;
  /** A line of a file to look at: `count` makes a second look at the same one different. */
  readonly look: { readonly path: string; readonly line: number; readonly count: number } | null;
}

/** What the page shows, and everything that can be done on it. */
export class Store {
  readonly source: Source;
  #state: State;
  readonly #listeners = new Set<() => void>();
  #decisionsTimer: ReturnType<typeof setTimeout> | undefined;
  #messageTimer: ReturnType<typeof setTimeout> | undefined;
  #asked = 0;

  constructor(source: Source) {
    this.source = source;
    const kept = recall();
    this.#state = {
      overview: null,
      dockerfile: kept.dockerfile ?? null,
      detail: null,
      change: null,
      tab: kept.tab ?? "changes",
      layout: kept.layout ?? (matchMedia("(width >= 1200px)").matches ? "split" : "unified"),
      theme: kept.theme ?? "system",
      filter: "all",
      search: "",
      isListOpen: false,
      dialog: null,
      isBusy: false,
      message: null,
      problem: null,
      progress: [],
      decisions: null,
      look: null,
    };
  }

  get state(): State {
    return this.#state;
  }

  get isReadOnly(): boolean {
    return this.source.live === null || this.#state.overview?.applied != null;
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  set(change: Partial<State>): void {
    this.#state = { ...this.#state, ...change };
    const { dockerfile, tab, layout, theme } = this.#state;
    remember({ dockerfile, tab, layout, theme });
    for (const listener of this.#listeners) listener();
  }

  async start(): Promise<void> {
    await this.#guarded(async () => {
      const overview = await this.source.overview();
      this.set({ overview });
      const wanted = this.#state.dockerfile;
      const known = overview.items.some((item) => item.dockerfile === wanted);
      const first = known ? wanted : (overview.items[0]?.dockerfile ?? null);
      if (first !== null) await this.show(first);
    });
    this.source.live?.listen({
      event: (event) => this.#hear(event),
      connection: (problem) => {
        const isBack = this.#state.problem !== null && problem === null;
        if (problem !== this.#state.problem) this.set({ problem });
        // Nobody is there to be asked.
        if (problem !== null) clearTimeout(this.#decisionsTimer);
        if (isBack) void this.refresh();
      },
    });
    this.#keepDecisions();
  }

  /** Everything anew: after the server was away. */
  async refresh(): Promise<void> {
    await this.#guarded(async () => {
      this.set({ overview: await this.source.overview() });
      if (this.#state.dockerfile !== null) await this.#load(this.#state.dockerfile);
    });
  }

  /** The Dockerfiles that the list shows, in its order. */
  get listed(): readonly Item[] {
    const { overview, filter, search } = this.#state;
    const words = search.toLowerCase().split(/\s+/).filter(Boolean);
    return (overview?.items ?? []).filter(
      (item) => passes(item, filter) && words.every((word) => item.dockerfile.toLowerCase().includes(word)),
    );
  }

  async show(dockerfile: string): Promise<void> {
    const isOther = dockerfile !== this.#state.dockerfile;
    if (isOther) this.set({ change: null, detail: null, look: null });
    this.set({ dockerfile, isListOpen: false });
    document.title = `${printable(dockerfile)} · deroot`;
    await this.#guarded(() => this.#load(dockerfile));
  }

  /** The next (or an earlier) Dockerfile of the list. */
  async step(by: number): Promise<void> {
    const listed = this.listed;
    const at = listed.findIndex((item) => item.dockerfile === this.#state.dockerfile);
    const next = listed[Math.min(Math.max(at + by, 0), listed.length - 1)];
    if (next !== undefined && next.dockerfile !== this.#state.dockerfile) await this.show(next.dockerfile);
  }

  get changes(): readonly OfferedChange[] {
    return this.#state.detail?.changes ?? [];
  }

  get current(): OfferedChange | null {
    return this.changes.find((change) => change.id === this.#state.change) ?? null;
  }

  stepChange(by: number): void {
    const at = this.changes.findIndex((change) => change.id === this.#state.change);
    const next = this.changes[Math.min(Math.max(at + by, 0), this.changes.length - 1)];
    if (next !== undefined) this.select(next.id);
  }

  select(change: string | null): void {
    this.set({ change, tab: this.#state.tab === "files" ? "files" : "changes" });
  }

  async decide(change: OfferedChange, verdict: Verdict, withNeeded = false): Promise<void> {
    const { live } = this.source;
    const dockerfile = this.#state.dockerfile;
    if (live === null || dockerfile === null || this.isReadOnly || change.applicability === "manual") return;
    await this.#guarded(async () => {
      const chosen = await live.decide(dockerfile, change.id, verdict, withNeeded);
      if (!chosen.taken) {
        this.set({ dialog: { kind: "needs", change, needs: chosen.needs } });
        return;
      }
      this.#asked++;
      if (this.#state.dockerfile === dockerfile) this.set({ detail: chosen.detail });
      if (chosen.lostEdit) this.tell("The text that was edited by hand is gone; undo brings it back.");
      else if (chosen.along.length > 0) {
        const titles = chosen.along.map((id) => this.titleOf(id)).join("; ");
        const also = verdict === "rejected" ? "Also rejected, because it rests on it" : "Also accepted";
        this.tell(`${also}: ${titles}`);
      }
    });
  }

  /** From now on each edit of a change is decided by itself. */
  async split(change: OfferedChange): Promise<void> {
    const { live } = this.source;
    const { dockerfile } = this.#state;
    if (live === null || dockerfile === null || this.isReadOnly || change.separable !== true) return;
    await this.#guarded(async () => {
      const detail = await live.split(dockerfile, change.id);
      this.#asked++;
      const first = detail.changes.find(({ id }) => id.startsWith(`${change.id}#`));
      if (this.#state.dockerfile === dockerfile) this.set({ detail, change: first?.id ?? null });
    });
  }

  titleOf(id: string): string {
    return this.changes.find((change) => change.id === id)?.title ?? id;
  }

  async decideRest(verdict: "accepted" | "rejected", where: "here" | "everywhere"): Promise<void> {
    const { live } = this.source;
    const { dockerfile } = this.#state;
    if (live === null || this.isReadOnly || dockerfile === null) return;
    await this.#guarded(() => live.decideRest(where === "here" ? dockerfile : null, verdict));
    await this.refresh();
  }

  async undo(): Promise<void> {
    const { live } = this.source;
    if (live === null || this.isReadOnly) return;
    await this.#guarded(async () => {
      const { dockerfile, change } = await live.undo();
      if (dockerfile === null) return this.tell("There is nothing to undo.");
      await this.show(dockerfile);
      if (change !== null) this.select(change);
    });
  }

  async apply(rest: "accepted" | "rejected" | null): Promise<void> {
    const { live } = this.source;
    if (live === null) return;
    await this.#guarded(async () => {
      if (rest !== null) await live.decideRest(null, rest);
      const applied: Applied = await live.apply();
      const overview = this.#state.overview;
      if (overview !== null) this.set({ overview: { ...overview, applied } });
      await this.refresh();
    });
  }

  async verify(): Promise<void> {
    const { live } = this.source;
    const { dockerfile } = this.#state;
    if (live === null || dockerfile === null) return;
    this.set({ tab: "verify", progress: [] });
    await this.#guarded(() => live.verify(dockerfile));
  }

  async cancel(): Promise<void> {
    await this.#guarded(async () => this.source.live?.cancel());
  }

  /** Shows a line: in the diff where the file is part of it, else on its own. */
  look(path: string, line: number | null): void {
    const isHere = this.#state.detail?.files.some((file) => file.path === path) ?? false;
    const tab = this.#state.tab === "files" || isNarrow() ? "files" : "changes";
    if (isHere) this.set({ look: { path, line: line ?? 1, count: (this.#state.look?.count ?? 0) + 1 }, tab });
    else if (this.source.live !== null) this.set({ dialog: { kind: "source", path, line } });
  }

  tell(text: string, isError = false): void {
    clearTimeout(this.#messageTimer);
    this.set({ message: { text, isError } });
    this.#messageTimer = setTimeout(() => this.set({ message: null }), isError ? 12_000 : 7_000);
  }

  async #load(dockerfile: string): Promise<void> {
    const asked = ++this.#asked;
    const detail = await this.source.detail(dockerfile);
    // A later question has a later answer.
    if (asked !== this.#asked || this.#state.dockerfile !== dockerfile) return;
    const isKnown = detail.changes.some(({ id }) => id === this.#state.change);
    this.set({ detail, change: isKnown ? this.#state.change : (detail.changes[0]?.id ?? null) });
  }

  #hear(event: Event): void {
    switch (event.type) {
      case "overview":
        this.set({ overview: event.overview });
        break;
      case "items":
        this.#put(event.items);
        break;
      case "changed":
        this.#keepDecisions();
        if (event.dockerfile === this.#state.dockerfile)
          void this.#guarded(() => this.#load(event.dockerfile));
        break;
      case "progress": {
        const { stage, line } = event;
        this.set({ progress: [...this.#state.progress.slice(1 - MOST_LINES), { stage, line }] });
        break;
      }
      case "bye":
        break;
    }
  }

  #put(items: readonly Item[]): void {
    const { overview } = this.#state;
    if (overview === null) return;
    const fresh = new Map(items.map((item) => [item.dockerfile, item]));
    this.set({
      overview: { ...overview, items: overview.items.map((item) => fresh.get(item.dockerfile) ?? item) },
    });
  }

  /** Has the choices at hand in case the server dies. */
  #keepDecisions(): void {
    const { live } = this.source;
    if (live === null) return;
    clearTimeout(this.#decisionsTimer);
    this.#decisionsTimer = setTimeout(() => {
      live.decisions().then(
        (decisions) => this.set({ decisions }),
        () => undefined,
      );
    }, 400);
  }

  async #guarded(action: () => Promise<unknown>): Promise<void> {
    this.set({ isBusy: true });
    try {
      await action();
    } catch (error) {
      if (!(error instanceof SourceError)) throw error;
      if (error.status === 0) this.set({ problem: error.message });
      else this.tell(error.hint === null ? error.message : `${error.message}. ${error.hint}`, true);
    } finally {
      this.set({ isBusy: false });
    }
  }
}

const MOST_LINES = 500;

export function isNarrow(): boolean {
  return matchMedia("(width < 1080px)").matches;
}

/** Whether there is something left to decide. */
export function isOpen(item: Item): boolean {
  return item.changes > item.accepted + item.rejected;
}

function passes(item: Item, filter: Filter): boolean {
  return filter === "all" || (filter === "open" ? isOpen(item) : item.status === filter);
}

type Kept = Partial<Pick<State, "dockerfile" | "tab" | "layout" | "theme">>;

/** Survives a reload. A report opened from a file may have no storage. */
function remember(kept: Kept): void {
  try {
    sessionStorage.setItem("deroot", JSON.stringify(kept));
  } catch {
    // Then it starts anew.
  }
}

function recall(): Kept {
  try {
    return JSON.parse(sessionStorage.getItem("deroot") ?? "{}") as Kept;
  } catch {
    return {};
  }
}
