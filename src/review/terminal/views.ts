/** What the screen shows, as rows of text: pure functions of what there is to show. */
import { changedHunks } from "../../report/diff.ts";
import { STATUSES } from "../../report/report.ts";
import { describeEvidence } from "../../report/text.ts";
import type { FileChange } from "../../rewrite/types.ts";
import { diffView } from "../diff-view.ts";
import { changeFiles } from "../change-files.ts";
import type { Outcome, ReviewChange, ReviewFile } from "../types.ts";
import { dependantsOf } from "../verdicts.ts";
import { diffRows } from "./diff-rows.ts";
import type { Look } from "./paint.ts";
import { breakAt, span, type Span, wrapText } from "./text.ts";

export type Rows = Span[][];

export interface ViewOptions {
  readonly width: number;
  readonly colour: boolean;
  /** What a path of the tree is called where the reader stands. */
  readonly name: (path: string) => string;
}

const BLANK: Rows = [[]];
const CERTAINTY = {
  safe: ["safe: behaviour is kept", "good"],
  likely: ["likely: rests on an assumption", "warn"],
  manual: ["manual", "warn"],
} as const satisfies Record<string, readonly [string, Look]>;
const VERDICTS = {
  undecided: null,
  accepted: ["✓ accepted", "good"],
  rejected: ["✗ rejected", "bad"],
} as const satisfies Record<string, readonly [string, Look] | null>;

/** One change: what, why, how sure, from which evidence, what it needs, and its diff in every file. */
export function changeRows(file: ReviewFile, { change, verdict }: ReviewChange, options: ViewOptions): Rows {
  const { width, colour, name } = options;
  const [sure, sureLook] = CERTAINTY[change.applicability];
  const said = VERDICTS[verdict];
  const rows: Rows = [
    ...wrapText(change.title, width, "bold"),
    ...breakAt(
      [
        span(sure, sureLook),
        span(` · pass ${change.pass}`, "dim"),
        ...(said ? [span(" · ", "dim"), span(said[0], said[1])] : []),
        ...(file.edited ? [span(" · ", "dim"), span("Dockerfile edited by you", "warn")] : []),
      ],
      width,
    ),
    ...BLANK,
    ...wrapText(change.reason, width),
    ...change.evidence.flatMap((item) =>
      hanging("· ", describeEvidence({ ...item, where: name(item.where) }), width, "dim"),
    ),
    ...relations(file, change.id, width),
  ];
  for (const each of changeFiles(file.offered, change)) {
    const view = diffView(each, each.path === file.dockerfile);
    rows.push(...BLANK, ...diffRows({ ...view, path: name(each.path) }, { width, colour }));
  }
  return rows;
}

function relations(file: ReviewFile, id: string, width: number): Rows {
  const changes = file.changes.map((each) => each.change);
  const titles = new Map(
    file.changes.map(({ change, verdict }) => [change.id, { title: change.title, verdict }]),
  );
  const told = (ids: readonly string[]): string =>
    ids
      .map((each) => titles.get(each))
      .filter((each) => each !== undefined)
      .map(({ title, verdict }) => `${title}${verdict === "undecided" ? "" : ` (${verdict})`}`)
      .join("; ");
  const needs = told(changes.find((change) => change.id === id)?.dependsOn ?? []);
  const needed = dependantsOf(changes, id).length;
  return [
    ...(needs === "" ? [] : hanging("needs ", needs, width, "accent")),
    ...(needed === 0
      ? []
      : hanging("", `${needed} other change${needed === 1 ? " rests" : "s rest"} on it`, width, "accent")),
  ];
}

/** A Dockerfile that is left alone, and what a person should know. */
export function noticeRows({ dockerfile, offered, advice }: ReviewFile, { width, name }: ViewOptions): Rows {
  const { status, reason } = offered;
  const rows: Rows = [];
  if (status === "declined" || status === "failed") {
    const place = reason?.line == null ? "" : ` (line ${reason.line})`;
    rows.push(
      [
        span(status === "declined" ? "Declined" : "Failed", status === "declined" ? "warn" : "bad"),
        span(`: ${name(dockerfile)} stays as it is`, "bold"),
      ],
      ...BLANK,
      ...wrapText(`${reason?.message ?? ""}${place}`, width),
      ...(reason?.remedy ? [...BLANK, ...wrapText(`What you can do: ${reason.remedy}`, width)] : []),
    );
  }
  if (advice.length > 0) {
    rows.push(...(rows.length > 0 ? BLANK : []), [span(`What to know about ${name(dockerfile)}`, "bold")]);
    for (const { title, reason: why, path, line } of advice) {
      const place = name(path) + (line === null ? "" : `:${line}`);
      rows.push(
        ...BLANK,
        ...wrapText(title, width, "warn"),
        ...wrapText(why, width),
        ...wrapText(place, width, "dim"),
      );
    }
  }
  return rows;
}

/** The end: what would be written. */
export function summaryRows(files: readonly ReviewFile[], outcome: Outcome, options: ViewOptions): Rows {
  const { width, name } = options;
  const undecided = files.reduce((sum, file) => sum + count(file, "undecided"), 0);
  const rows: Rows = [];
  for (const file of files.filter(({ changes }) => changes.length > 0)) rows.push(...fileRows(file, options));
  const left = files.filter(({ changes }) => changes.length === 0);
  for (const status of STATUSES) {
    for (const { dockerfile, offered } of left.filter((each) => each.offered.status === status)) {
      if (status === "unchanged") continue;
      rows.push(
        ...hanging(`${status} `, `${name(dockerfile)}: ${offered.reason?.message ?? ""}`, width, "warn"),
      );
    }
  }
  const unchanged = left.filter(({ offered }) => offered.status === "unchanged").length;
  if (unchanged > 0) rows.push([span(`${plural(unchanged, "Dockerfile")} unchanged`, "dim")]);
  for (const [title, places] of titlesOf(files, name))
    rows.push(...hanging("to know ", `${title}: ${places.join(", ")}`, width, "accent"));
  rows.push(...BLANK);
  for (const { dockerfile, reason } of outcome.failed)
    rows.push(...wrapText(`${name(dockerfile)} stays as it is: ${reason?.message ?? ""}`, width, "bad"));
  if (undecided > 0)
    rows.push(
      ...wrapText(
        `${plural(undecided, "change")} undecided; what is undecided is not written.`,
        width,
        "warn",
      ),
    );
  if (undecided === 0) rows.push(...outcome.files.map((file) => sizeRow(name(file.path), file)));
  const accepted = files.some((file) => count(file, "accepted") > 0 || file.edited !== null);
  rows.push(
    ...(accepted
      ? wrapText(
          `Enter writes ${plural(undecided > 0 ? null : outcome.files.length, "file")}.`,
          width,
          "bold",
        )
      : wrapText("Nothing is accepted, so there is nothing to write.", width, "bold")),
  );
  return rows;
}

function fileRows(file: ReviewFile, { width, name }: ViewOptions): Rows {
  const { before, after } = file.chosen.runsAsRoot;
  const runs =
    after === false
      ? span("runs unprivileged", "good")
      : span(before === true ? "still runs as root" : "as before", "bad");
  const parts = (["accepted", "rejected", "undecided"] as const)
    .map((verdict) => [count(file, verdict), verdict] as const)
    .filter(([number]) => number > 0)
    .map(([number, verdict]) => `${number} ${verdict}`);
  const undecided = count(file, "undecided") > 0;
  return breakAt(
    [
      span(name(file.dockerfile), "bold"),
      span(`  ${parts.join(", ")}${file.edited ? ", edited by you" : ""}  `),
      undecided ? span("not finished", "warn") : runs,
    ],
    width,
  );
}

/** Every piece of advice once, and for which Dockerfiles. */
function titlesOf(files: readonly ReviewFile[], name: (path: string) => string): Map<string, string[]> {
  const titles = new Map<string, string[]>();
  for (const { dockerfile, advice } of files) {
    for (const { title } of advice) {
      const places = titles.get(title) ?? [];
      titles.set(title, places);
      if (!places.includes(name(dockerfile))) places.push(name(dockerfile));
    }
  }
  return titles;
}

/** `+3 -1  Dockerfile`: how many lines come and go. */
function sizeRow(name: string, file: FileChange): Span[] {
  const lines = changedHunks(file.before ?? "", file.after).flatMap((hunk) => hunk.lines);
  const starting = (sign: string): number => lines.filter((line) => line.startsWith(sign)).length;
  return [
    span(`+${starting("+")}`.padStart(5), "added"),
    span(` -${starting("-")}`.padEnd(6), "removed"),
    span(name),
    span(file.mode === "100755" ? "  becomes executable" : "", "dim"),
  ];
}

/** A page of documentation: Markdown, with its headings marked, and wrapped where it is prose. */
export function pageRows(text: string, width: number): Rows {
  const rows: Rows = [];
  let code = false;
  let paragraph: string[] = [];
  /** How the list item begins that the paragraph belongs to. */
  let item = "";
  const flush = (): void => {
    if (paragraph.length > 0) rows.push(...hanging(item, paragraph.join(" "), width, "plain"));
    paragraph = [];
    item = "";
  };
  for (const line of text.split("\n")) {
    if (line.startsWith("```")) {
      flush();
      code = !code;
    } else if (code) {
      const look: Look = line.startsWith("+") ? "added" : line.startsWith("-") ? "removed" : "dim";
      rows.push(...breakAt([span(`  ${line}`, look)], width));
    } else if (line.startsWith("#")) {
      flush();
      rows.push(...wrapText(line.replace(/^#+ /, ""), width, "bold"));
    } else if (/^\s*(?:[-*]|\d+\.) /.test(line)) {
      flush();
      item = /^\s*(?:[-*]|\d+\.) /.exec(line)![0];
      paragraph = [line.slice(item.length)];
    } else if (line.trim() === "" || line.startsWith("|")) {
      flush();
      rows.push(...(line === "" ? BLANK : breakAt([span(line)], width)));
    } else paragraph.push(line.trim());
  }
  flush();
  return rows;
}

export function count(file: ReviewFile, verdict: ReviewChange["verdict"]): number {
  return file.changes.filter((each) => each.verdict === verdict).length;
}

export function plural(number: number | null, word: string): string {
  if (number === null) return `what is accepted`;
  return `${number} ${word}${number === 1 ? "" : "s"}`;
}

/** Prose behind a first word, its other lines indented as far. */
function hanging(head: string, text: string, width: number, look: Look): Rows {
  return wrapText(text, Math.max(10, width - head.length), "plain").map((row, index) => [
    span(index === 0 ? head : " ".repeat(head.length), look),
    ...row.map((each) => (look === "dim" ? span(each.text, "dim") : each)),
  ]);
}
