import { readFileSync } from "node:fs";
import { WriteError } from "../../report/write.ts";
import { exportDecisions, type Misfit, replayDecisions } from "../decisions.ts";
import type { ReviewSession } from "../session.ts";
import type { Outcome, ReviewFile } from "../types.ts";
import type { Verdict } from "../verdicts.ts";
import { Dialog } from "./dialog.ts";
import { editText, openInEditor } from "./editor.ts";
import { CHANGE_KEYS, HELP, NOTICE_KEYS, SUMMARY_KEYS } from "./keys.ts";
import type { Paint } from "./paint.ts";
import { findChange, nextOpen, type Place, type Stop, stopsOf } from "./route.ts";
import type { Screen } from "./screen.ts";
import { changeRows, count, noticeRows, plural, summaryRows } from "./views.ts";

export interface TerminalReviewOptions {
  /** A review of the files as they are now; called again when they changed under a person's hands. */
  readonly open: () => ReviewSession;
  readonly screen: Screen;
  readonly paint: Paint;
  readonly name: (path: string) => string;
  /** Where a file of the tree is on disk. */
  readonly locate: (path: string) => string;
  /** The page of a pass or of a reason to decline. */
  readonly page: (topic: string) => string | null;
  readonly write: (session: ReviewSession) => Promise<Outcome>;
  /** Decisions are kept elsewhere, so leaving loses nothing. */
  readonly keepsDecisions: boolean;
  readonly env: NodeJS.ProcessEnv;
  /** Told at the first stop. */
  readonly greeting: string | null;
}

export interface Reviewed {
  /** Null where nothing was written. */
  readonly outcome: Outcome | null;
  readonly session: ReviewSession;
}

/** A review in a terminal, one key at a time. */
export class TerminalReview {
  readonly #options: TerminalReviewOptions;
  readonly #dialog: Dialog;
  #session: ReviewSession;
  #place: Place = { file: 0, stop: -1 };
  readonly #seen = new Set<string>();

  constructor(options: TerminalReviewOptions) {
    this.#options = options;
    this.#session = options.open();
    this.#dialog = new Dialog(options.screen, options.paint);
    if (options.greeting !== null) this.#dialog.tell(options.greeting, "warn");
  }

  async run(): Promise<Reviewed> {
    const { screen } = this.#options;
    screen.open(() => this.#dialog.draw());
    try {
      this.#dialog.show(() => ({ head: ["deroot review", ""], body: [], keys: CHANGE_KEYS }));
      await this.#goOn();
      for (;;) {
        const atEnd = this.#place.file >= this.#session.dockerfiles.length;
        const done = atEnd ? await this.#atSummary() : await this.#atStop();
        if (done !== null) return done;
      }
    } finally {
      screen.close();
    }
  }

  /** To the next stop where something is left to do; the summary when there is none. */
  async #goOn(): Promise<void> {
    for (let { file, stop } = this.#place; file < this.#session.dockerfiles.length; file++, stop = -1) {
      const view = await this.#view(file);
      const next = nextOpen(stopsOf(view), stop, (each) => this.#isOpen(view, each));
      if (next >= 0) return this.#moveTo({ file, stop: next });
    }
    this.#moveTo({ file: this.#session.dockerfiles.length, stop: 0 });
  }

  #moveTo(place: Place): void {
    this.#place = place;
    this.#dialog.toTop();
  }

  #isOpen(file: ReviewFile, stop: Stop): boolean {
    if (stop.kind === "notice") return !this.#seen.has(file.dockerfile);
    return findChange(file, stop.id)?.verdict === "undecided";
  }

  async #view(file: number): Promise<ReviewFile> {
    const path = this.#session.dockerfiles[file]!;
    if (!this.#session.isOpen(path)) this.#dialog.say(`Reading ${this.#options.name(path)} …`);
    return this.#session.open(path);
  }

  async #atStop(): Promise<Reviewed | null> {
    const view = await this.#view(this.#place.file);
    const stops = stopsOf(view);
    const stop = stops[Math.min(this.#place.stop, stops.length - 1)];
    if (stop === undefined) {
      await this.#goOn();
      return null;
    }
    const change = stop.kind === "change" ? findChange(view, stop.id)! : null;
    this.#dialog.show(() => ({
      head: [this.#options.name(view.dockerfile), this.#progress(stops.length)],
      body: change === null ? noticeRows(view, this.#look()) : changeRows(view, change, this.#look()),
      keys: change === null ? NOTICE_KEYS : CHANGE_KEYS,
    }));
    const key = await this.#dialog.key();
    if (await this.#anywhere(key)) return null;
    if (change === null) return this.#atNotice(view, key);
    switch (key) {
      case "y":
        await this.#decide(view, change.change.id, "accepted");
        break;
      case "n":
        await this.#decide(view, change.change.id, "rejected");
        break;
      case "a":
        await this.#session.acceptRest(view.dockerfile);
        await this.#goOn();
        break;
      case "d":
        await this.#session.rejectRest(view.dockerfile);
        await this.#goOn();
        break;
      case "s":
        await this.#split(view, change.change.id);
        break;
      case "w":
        await this.#readPage(change.change.pass);
        break;
      case "e":
        await this.#edit(view, change.change.edits.find(({ path }) => path === view.dockerfile)?.start ?? 0);
        break;
      case "o": {
        const edit = change.change.edits[0];
        await this.#open(view, edit?.path ?? view.dockerfile, edit?.start ?? 0);
        break;
      }
      default:
        return this.#leaveOrHelp(key);
    }
    return null;
  }

  async #atNotice(view: ReviewFile, key: string): Promise<Reviewed | null> {
    switch (key) {
      case "enter":
      case "space":
      case "y":
      case "n":
      case "a":
      case "d":
        this.#seen.add(view.dockerfile);
        await this.#goOn();
        return null;
      case "w":
        if (view.offered.reason) await this.#readPage(view.offered.reason.code);
        else this.#dialog.tell("There is no page about this.", "warn");
        return null;
      case "e":
        await this.#edit(view, 0);
        return null;
      case "o":
        await this.#open(
          view,
          view.advice[0]?.path ?? view.dockerfile,
          null,
          view.advice[0]?.line ?? view.offered.reason?.line ?? 1,
        );
        return null;
      default:
        return this.#leaveOrHelp(key);
    }
  }

  async #atSummary(): Promise<Reviewed | null> {
    const files: ReviewFile[] = [];
    for await (const file of this.#session.files()) files.push(file);
    const outcome = await this.#session.outcome();
    const undecided = files.reduce((sum, file) => sum + count(file, "undecided"), 0);
    const accepted = files.some((file) => file.edited !== null || count(file, "accepted") > 0);
    this.#dialog.show(() => ({
      head: ["Summary", plural(files.length, "Dockerfile")],
      body: summaryRows(files, outcome, this.#look()),
      keys: SUMMARY_KEYS,
    }));
    const key = await this.#dialog.key();
    if (await this.#anywhere(key)) return null;
    if (key === "g" && undecided > 0) {
      this.#place = { file: 0, stop: -1 };
      await this.#goOn();
    } else if (key === "enter") {
      if (!accepted) return { outcome: null, session: this.#session };
      const question = `${plural(undecided, "change")} undecided and would be left out. Write the rest?`;
      if (undecided > 0 && !(await this.#dialog.confirm(question))) return null;
      return this.#write();
    } else return this.#leaveOrHelp(key);
    return null;
  }

  async #write(): Promise<Reviewed | null> {
    try {
      return { outcome: await this.#options.write(this.#session), session: this.#session };
    } catch (error) {
      if (!(error instanceof WriteError)) throw error;
      const why = `${this.#options.name(error.path)}: ${error.message}. Nothing was written.`;
      if (await this.#dialog.confirm(`${why} Read the files again, and keep the decisions that still fit?`))
        await this.#reopen();
      return null;
    }
  }

  async #reopen(): Promise<void> {
    const decisions = await exportDecisions(this.#session);
    this.#session = this.#options.open();
    const misfits = await replayDecisions(this.#session, decisions);
    this.#dialog.tell(
      misfits.length === 0 ? "All decisions still fit." : describeMisfits(misfits),
      misfits.length === 0 ? "good" : "warn",
    );
    this.#place = { file: 0, stop: -1 };
    await this.#goOn();
  }

  /** Keys that mean the same everywhere. True when it was one. */
  async #anywhere(key: string): Promise<boolean> {
    if (this.#dialog.scrollBy(key)) return true;
    if (key === "u") await this.#undo();
    else if (key === "A") await this.#acceptEverything();
    else if (key === "j" || key === "right") await this.#step(1);
    else if (key === "k" || key === "left") await this.#step(-1);
    else return false;
    return true;
  }

  async #leaveOrHelp(key: string): Promise<Reviewed | null> {
    if (key === "?") await this.#dialog.read("Keys", HELP);
    else if (key === "q") {
      const decided = this.#decided();
      if (
        this.#options.keepsDecisions ||
        !(await decided) ||
        (await this.#dialog.confirm("Quit and write nothing?"))
      )
        return { outcome: null, session: this.#session };
    } else if (key !== "space" && key !== "escape" && key !== "ctrl-l") {
      this.#dialog.tell(
        `${/^[\x21-\x7e]$/.test(key) ? key : "That key"} does nothing here; ? shows the keys.`,
        "warn",
      );
    }
    return null;
  }

  async #decided(): Promise<boolean> {
    const { dockerfiles } = await exportDecisions(this.#session);
    return Object.keys(dockerfiles).length > 0;
  }

  async #decide(view: ReviewFile, id: string, verdict: Verdict): Promise<void> {
    const { dockerfile } = view;
    if (view.edited && !(await this.#dialog.confirm("This drops your edit of the Dockerfile. Go on?")))
      return;
    let decided = await this.#session.decide(dockerfile, id, verdict);
    if (!decided.taken) {
      const titles = decided.needs.map(({ title }) => `“${title}”`).join(", ");
      if (
        !(await this.#dialog.confirm(
          `It rests on ${titles}, which you rejected. Accept ${decided.needs.length === 1 ? "that" : "them"}, too?`,
        ))
      )
        return;
      decided = await this.#session.decide(dockerfile, id, verdict, { withNeeded: true });
    }
    const along = decided.along.map(({ change }) => `“${change.title}”`).join(", ");
    if (along !== "")
      this.#dialog.tell(
        `${verdict === "rejected" ? "Taken back with it" : "Accepted with it"}: ${along}`,
        "warn",
      );
    const needed = verdict === "accepted" ? decided.needs[0] : undefined;
    const stops = stopsOf(decided.file);
    const stop = stops.findIndex((each) => each.kind === "change" && each.id === needed?.id);
    if (needed === undefined || stop < 0) return this.#goOn();
    this.#dialog.tell(`What you accepted needs this one, too.`, "accent");
    this.#moveTo({ file: this.#place.file, stop });
  }

  async #acceptEverything(): Promise<void> {
    let number = 0;
    for (const path of this.#session.dockerfiles) {
      this.#dialog.say(`Reading ${++number} of ${this.#session.dockerfiles.length} …`);
      await this.#session.open(path);
      // Lets Ctrl-C through.
      await new Promise((done) => setImmediate(done));
    }
    await this.#session.acceptRest();
    for (const path of this.#session.dockerfiles) this.#seen.add(path);
    await this.#goOn();
  }

  async #undo(): Promise<void> {
    const undone = await this.#session.undo();
    if (undone === null) return this.#dialog.tell("There is nothing to take back.", "warn");
    const file = this.#session.dockerfiles.indexOf(undone.dockerfile);
    const stops = stopsOf(await this.#view(file));
    const stop = stops.findIndex((each) => each.kind === "change" && each.id === undone.changeId);
    this.#moveTo({ file, stop: Math.max(0, stop) });
    this.#dialog.tell("Taken back.", "accent");
  }

  /** One stop on or back, whatever was decided there. */
  async #step(by: 1 | -1): Promise<void> {
    let { file, stop } = this.#place;
    const last = this.#session.dockerfiles.length;
    if (file >= last && by > 0) return;
    stop += by;
    while (file >= 0 && file <= last) {
      const stops = file < last ? stopsOf(await this.#view(file)) : [];
      if (file === last && by > 0) return this.#moveTo({ file, stop: 0 });
      if (stop >= 0 && stop < stops.length) return this.#moveTo({ file, stop });
      file += by;
      if (file < 0) break;
      stop = by > 0 || file >= last ? 0 : stopsOf(await this.#view(file)).length - 1;
    }
    this.#dialog.tell("This is the first one.", "warn");
  }

  async #split(view: ReviewFile, id: string): Promise<void> {
    if (await this.#session.split(view.dockerfile, id)) {
      return this.#dialog.tell("Now edit by edit.", "accent");
    }
    const { edits } = findChange(view, id)!.change;
    this.#dialog.tell(
      edits.length === 1
        ? "It is a single edit."
        : `Its ${edits.length} edits only work together: they are taken or left as one.`,
      "warn",
    );
  }

  async #edit({ dockerfile, offered }: ReviewFile, offset: number): Promise<void> {
    let text = await this.#session.text(dockerfile);
    const made = text;
    const own = offered.files.find(({ path }) => path === dockerfile);
    let line = lineAt(own?.before ?? "", offset);
    for (;;) {
      const edited = await this.#options.screen.lend(() =>
        editText(text, dockerfile, line, this.#options.env),
      );
      if ("problem" in edited) return this.#dialog.tell(`Nothing is changed: ${edited.problem}.`, "bad");
      if (edited.text === made) return this.#dialog.tell("Nothing was changed.", "accent");
      const result = await this.#session.edit(dockerfile, edited.text);
      if (!("message" in result)) return this.#edited(result);
      text = edited.text;
      line = result.line ?? 1;
      const where = result.line === null ? "" : ` (line ${result.line})`;
      if (
        !(await this.#dialog.confirm(
          `BuildKit would not read this: ${result.message}${where}. Edit it again?`,
        ))
      )
        return this.#dialog.tell("Your edit is dropped.", "warn");
    }
  }

  async #edited({ runsAsRoot, user }: { runsAsRoot: boolean | null; user: string | null }): Promise<void> {
    if (runsAsRoot === false)
      this.#dialog.tell(`Taken: it is a Dockerfile and runs unprivileged, as ${user}.`, "good");
    else if (runsAsRoot === true) this.#dialog.tell(`Taken, but it runs as root now (${user}).`, "bad");
    else
      this.#dialog.tell("Taken, but nothing in it says who it runs as: most images run as root then.", "bad");
    await this.#goOn();
  }

  async #open(view: ReviewFile, path: string, offset: number | null, line = 1): Promise<void> {
    const text = view.offered.files.find((file) => file.path === path)?.before ?? "";
    const at = offset === null ? line : lineAt(text, offset);
    const file = this.#options.locate(path);
    const before = contentOf(file);
    const problem = await this.#options.screen.lend(() => openInEditor(file, at, this.#options.env));
    if (problem !== null) this.#dialog.tell(`${problem}.`, "bad");
    else if (
      contentOf(file) !== before &&
      (await this.#dialog.confirm(`${this.#options.name(path)} has changed. Read the files again?`))
    )
      await this.#reopen();
  }

  async #readPage(topic: string): Promise<void> {
    const text = this.#options.page(topic);
    if (text === null) this.#dialog.tell(`There is no page about ${topic}.`, "warn");
    else await this.#dialog.read(`deroot explain ${topic}`, text);
  }

  #progress(stops: number): string {
    const { file, stop } = this.#place;
    const files = this.#session.dockerfiles.length;
    return `${stop + 1}/${stops}${files > 1 ? ` · file ${file + 1}/${files}` : ""}`;
  }

  #look(): { width: number; colour: boolean; name: (path: string) => string } {
    const { width, colour } = this.#dialog;
    return { width, colour, name: this.#options.name };
  }
}

/** What of a decisions file does not fit, in one sentence. */
export function describeMisfits(misfits: readonly Misfit[]): string {
  const [first] = misfits;
  const rest = misfits.length - 1;
  return `${plural(misfits.length, "decision")} did not fit and ${misfits.length === 1 ? "is" : "are"} open again: ${first!.message}${rest > 0 ? `, and ${rest} more` : ""}.`;
}

function lineAt(text: string, offset: number): number {
  let line = 1;
  for (let at = text.indexOf("\n"); at >= 0 && at < offset; at = text.indexOf("\n", at + 1)) line++;
  return line;
}

function contentOf(file: string): string | null {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return null;
  }
}
