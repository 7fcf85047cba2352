import type { Change, Evidence, RewriteResult, Status } from "../rewrite/types.ts";
import {
  adviceOf,
  describeOutcome,
  describeTotals,
  STATUSES,
  STATUS_LABELS,
  type Labels,
  type Totals,
} from "./report.ts";

/** Colours a text; `picocolors` fits, and so does an object of identities. */
export interface Palette {
  bold(text: string): string;
  dim(text: string): string;
  red(text: string): string;
  green(text: string): string;
  yellow(text: string): string;
  cyan(text: string): string;
}

export interface TextOptions {
  readonly palette: Palette;
  readonly width: number;
  /** Each change with its reason and evidence. */
  readonly verbose?: boolean;
  /** What outcomes are called. */
  readonly labels?: Labels;
  /** How a path of the report is called where the reader stands. */
  readonly name?: (path: string) => string;
}

/** The summary for people: an outcome per Dockerfile, then what they should know, then totals. */
export class TextSummary {
  readonly #options: TextOptions;
  readonly #labels: Labels;
  /** Where the second column begins. */
  readonly #indent: number;
  readonly #rows: Row[] = [];
  readonly #advice = new Map<
    string,
    { readonly title: string; readonly reason: string; places: string[]; count: number }
  >();

  constructor(options: TextOptions) {
    this.#options = options;
    this.#labels = options.labels ?? STATUS_LABELS;
    this.#indent = Math.max(...STATUSES.map((status) => this.#labels[status].length)) + 2;
  }

  add(result: RewriteResult): void {
    const { verbose = false, name = (path: string) => path } = this.#options;
    this.#rows.push({
      status: result.status,
      path: printable(name(result.dockerfile)),
      outcome: printable(describeOutcome(result)),
      remedy: result.status === "rewritten" ? null : printable(result.reason?.remedy ?? ""),
      changes: verbose ? result.changes : [],
    });
    for (const { title, reason, path, line } of adviceOf(result)) {
      const key = `${title}\0${reason}`;
      const group = this.#advice.get(key) ?? { title, reason, places: [], count: 0 };
      this.#advice.set(key, group);
      const place = name(path) + (line === null ? "" : `:${line}`);
      if (group.places.includes(place)) continue;
      group.count++;
      if (verbose || group.places.length < SHOWN_PLACES) group.places.push(place);
    }
  }

  /** Only the Dockerfiles with one of these outcomes, and nothing else. */
  lines(statuses: readonly Status[]): string {
    const rows = this.#rows.filter((row) => statuses.includes(row.status));
    const column = Math.min(
      Math.max(0, ...rows.map((row) => row.path.length)),
      Math.floor(this.#options.width / 2) - 6,
    );
    return rows.map((row) => this.#row(row, column)).join("");
  }

  all(totals: Totals): string {
    const { palette } = this.#options;
    const advice = [...this.#advice.values()].map((group) => this.#group(group)).join("");
    const lines = this.lines(STATUSES);
    const title = advice === "" ? "" : `\n${palette.bold("What to know")}\n`;
    return `${lines}${title}${advice}\n${palette.bold(describeTotals(totals, this.#labels))}\n`;
  }

  #row(row: Row, column: number): string {
    const { palette, width } = this.#options;
    const colour = {
      rewritten: palette.green,
      unchanged: palette.dim,
      declined: palette.yellow,
      failed: palette.red,
    }[row.status];
    const indent = " ".repeat(this.#indent);
    const fits = (head: string): boolean => this.#indent + head.length + 2 + row.outcome.length <= width;
    const head = fits(row.path.padEnd(column)) ? row.path.padEnd(column) : row.path;
    let text = fits(head)
      ? `${palette.bold(head)}  ${row.outcome}\n`
      : `${palette.bold(row.path)}\n${wrap(row.outcome, width, indent)}`;
    if (row.remedy) text += palette.dim(wrap(row.remedy, width, indent));
    const changes = row.changes.map((change) => this.#change(change)).join("");
    return colour(this.#labels[row.status].padEnd(this.#indent)) + text + changes;
  }

  #change(change: Change): string {
    const { palette, width } = this.#options;
    const sure = change.applicability === "safe" ? "" : ` (${change.applicability})`;
    const indent = " ".repeat(this.#indent + 2);
    return [
      `${" ".repeat(this.#indent)}${palette.cyan(change.pass)}${sure}\n`,
      wrap(printable(change.title), width, indent),
      palette.dim(wrap(printable(change.reason), width, indent)),
      ...change.evidence.map((item) =>
        palette.dim(wrap(`- ${printable(describeEvidence(item))}`, width, indent, "  ")),
      ),
    ].join("");
  }

  #group(group: { title: string; reason: string; places: string[]; count: number }): string {
    const { palette, width } = this.#options;
    const more = group.count > group.places.length ? `, and ${group.count - group.places.length} more` : "";
    return [
      wrap(`- ${printable(group.title)}`, width, "", "  "),
      wrap(printable(group.reason), width, "  "),
      palette.dim(wrap(printable(group.places.join(", ") + more), width, "  ")),
    ].join("");
  }
}

interface Row {
  readonly status: Status;
  readonly path: string;
  readonly outcome: string;
  readonly remedy: string | null;
  readonly changes: readonly Change[];
}

const SHOWN_PLACES = 3;

export function describeEvidence({ source, where, line, says }: Evidence): string {
  const place = source === "option" ? "" : `${where}${line === null ? "" : `:${line}`}: `;
  return place + says;
}

/** Text from a repository must not move the cursor, set the title or hide a line. */
export function printable(text: string): string {
  // eslint-disable-next-line no-control-regex -- these are the characters in question
  return text.replace(/[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, (char) =>
    char === "\n" || char === "\t" ? " " : `\\x${char.charCodeAt(0).toString(16).padStart(2, "0")}`,
  );
}

/** Breaks at blanks; a word longer than the line stays whole, so that paths can be copied. */
export function wrap(text: string, width: number, indent: string, hang = ""): string {
  if (text === "") return "";
  const lines: string[] = [];
  let line = indent;
  let empty = true;
  for (const word of text.split(/ +/)) {
    if (!empty && line.length + 1 + word.length > width) {
      lines.push(line);
      line = indent + hang;
      empty = true;
    }
    line += empty ? word : ` ${word}`;
    empty = false;
  }
  return [...lines, line].map((each) => each + "\n").join("");
}

/** A patch for the eye: coloured, and nothing in it can play with the terminal. Not fit for `git apply`. */
export function colourDiff(diff: string, palette: Palette): string {
  return diff
    .split("\n")
    .map((line) => {
      // eslint-disable-next-line no-control-regex -- these are the characters in question
      const safe = line.replace(/[\x00-\x08\x0b-\x1f\x7f-\x9f]/g, (char) =>
        char === "\r" ? "" : printable(char),
      );
      if (/^(?:diff --git|---|\+\+\+|(?:old|new|new file) mode) /.test(line)) return palette.bold(safe);
      if (line.startsWith("@@")) return palette.cyan(safe);
      if (line.startsWith("+")) return palette.green(safe);
      if (line.startsWith("-")) return palette.red(safe);
      return safe;
    })
    .join("\n");
}
