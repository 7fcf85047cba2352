/** The table that a terminal shows: one line per repository. */
import type { createColors } from "picocolors";
import { printable } from "../report/text.ts";
import {
  progress,
  STATE_LABELS,
  type RowState,
  type StatusProposal,
  type StatusRow,
  type StatusTotals,
} from "./status.ts";

type Colors = ReturnType<typeof createColors>;

export function statusLine(row: StatusRow, colours: Colors): string {
  const state = PAINT[row.state](colours)(STATE_LABELS[row.state].padEnd(14));
  const { root, total } = row.dockerfiles;
  const counts = total === 0 ? "" : `${root}/${total} as root`;
  const first = row.proposals[0];
  const parts = [counts, first === undefined ? "" : describeProposal(first), row.note ?? ""].filter(
    (part) => part !== "",
  );
  const more = row.proposals.length > 1 ? ` and ${row.proposals.length - 1} more` : "";
  return `${state} ${printable(row.repository)}${parts.length === 0 ? "" : `  ${colours.dim(printable(parts.join(", ") + more))}`}\n`;
}

export function statusSummary(totals: StatusTotals): string {
  const states = (Object.keys(STATE_LABELS) as RowState[])
    .filter((state) => totals.states[state])
    .map((state) => `${totals.states[state]} ${STATE_LABELS[state]}`);
  const all = `${totals.repositories} repositor${totals.repositories === 1 ? "y" : "ies"}`;
  return `${all}: ${states.join(", ") || "nothing found"}\n${progress(totals)}\n`;
}

function describeProposal({ url, state, checks, review, age }: StatusProposal): string {
  if (state !== "open" && state !== "conflicts" && state !== "theirs") return url;
  const words = [
    checks === "none" ? "" : `checks ${checks}`,
    review === "none" ? "" : (REVIEWS[review] ?? ""),
    age === 0 ? "today" : `${age} day${age === 1 ? "" : "s"}`,
  ];
  return [url, ...words.filter((word) => word !== "")].join(", ");
}

const REVIEWS: Readonly<Record<string, string>> = {
  approved: "approved",
  "changes-requested": "changes requested",
  required: "review required",
};

type Paint = (colours: Colors) => (text: string) => string;
const plain: Paint = () => (text) => text;
const red: Paint = (colours) => colours.red;
const green: Paint = (colours) => colours.green;
const yellow: Paint = (colours) => colours.yellow;
const dim: Paint = (colours) => colours.dim;
const PAINT: Readonly<Record<RowState, Paint>> = {
  conflicts: red,
  failed: red,
  theirs: yellow,
  refused: yellow,
  open: plain,
  "to-open": plain,
  merged: green,
  "nothing-to-do": dim,
  withdrawn: dim,
  declined: dim,
  skipped: dim,
};
