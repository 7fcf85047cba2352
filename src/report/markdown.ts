import type { RewriteResult } from "../rewrite/types.ts";
import { adviceOf, describeAccount, describeOutcome, describeTotals, type Report } from "./report.ts";
import { describeEvidence } from "./text.ts";

/** A table of all Dockerfiles, then each with its changes: for pull requests and job summaries. */
export function markdownReport(): Report {
  const rows: string[] = [];
  const details: string[] = [];
  return {
    begin: () => "",
    add(result) {
      rows.push(`| ${code(result.dockerfile)} | ${result.status} | ${text(describeOutcome(result))} |`);
      if (result.changes.length > 0 || result.advice.length > 0 || result.reason?.remedy)
        details.push(markdownDetails(result));
      return "";
    },
    end(totals) {
      const table = ["| Dockerfile | Outcome | |", "| --- | --- | --- |", ...rows].join("\n");
      return (
        [`**${describeTotals(totals)}**`, ...(rows.length > 0 ? [table] : []), ...details].join("\n\n") + "\n"
      );
    },
  };
}

/** One Dockerfile: who it runs as, each change with its reason, advice, the patch folded away. */
export function markdownDetails(result: RewriteResult): string {
  const blocks = [`### ${code(result.dockerfile)}`];
  if (result.status !== "rewritten" && result.reason !== null) {
    blocks.push(`${capital(result.status)}: ${text(describeOutcome(result))}`);
    if (result.reason.remedy !== null) blocks.push(text(result.reason.remedy));
  }
  if (result.status === "rewritten" && result.account !== null) {
    blocks.push(`Runs as **${text(describeAccount(result.account))}**.`);
  }
  if (result.ports.length > 0) {
    blocks.push(
      `Ports: ${result.ports.map(({ from, to, protocol }) => code(`${from}/${protocol} -> ${to}`)).join(", ")}`,
    );
  }
  const made = result.changes.filter((change) => change.applicability !== "manual");
  if (made.length > 0) {
    const items = made.map(({ title, reason, applicability, evidence }) => {
      const sure = applicability === "likely" ? " *(likely)*" : "";
      const from = evidence.map((item) => `\n  - ${text(describeEvidence(item))}`).join("");
      return `- **${text(title)}**${sure}: ${text(reason)}${from}`;
    });
    blocks.push(items.join("\n"));
  }
  const advice = adviceOf(result);
  if (advice.length > 0) {
    const items = advice.map(({ title, reason, path, line }) => {
      return `- **${text(title)}** (${code(path + (line === null ? "" : `:${line}`))}): ${text(reason)}`;
    });
    blocks.push(["What to know:", "", ...items].join("\n"));
  }
  if (result.files.length > 0) {
    const diff = result.files.map((file) => file.diff).join("");
    blocks.push(`<details><summary>Patch</summary>\n\n${fenced(diff, "diff")}\n\n</details>`);
  }
  return blocks.join("\n\n");
}

/**
 * Text of others as text: no markup, no mentions, no links to issues, no line of its own. Forges look for `@name`, `#1`,
 * `!1`, `GH-1` and addresses in the page that Markdown makes, so that neither a backslash nor an entity stops them: a space
 * without width does.
 */
export function text(value: string): string {
  return value
    .replace(/\s+/g, " ")
    .replace(UNSEEN, "\ufffd")
    .replace(SPECIAL, (found) => {
      if (/[<>]/.test(found)) return `&#${found.charCodeAt(0)};`;
      if (/[\\`*_[\]|]/.test(found)) return `\\${found}`;
      return `${found === "&" ? "&#38;" : /[~$]/.test(found) ? `\\${found}` : found}&#8203;`;
    });
}

const SPECIAL = /[&<>\\`*_[\]|@#~$]|[!%^](?=\w)|\bGH-(?=\d)|(?<=\bhttps?|\bftp):(?=\/\/)|\bwww(?=\.)/gi;

/** Control characters, of which a line break would end a span, and those that turn the direction of what follows. */
// eslint-disable-next-line no-control-regex -- these are the characters in question
const UNSEEN = /[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** A code span that holds whatever it is given, also inside a table. */
export function code(value: string): string {
  const line = value.replace(UNSEEN, "\ufffd").replaceAll("|", "\\|");
  const ticks = "`".repeat(longestRun(line) + 1);
  const blank = line.startsWith("`") || line.endsWith("`") ? " " : "";
  return `${ticks}${blank}${line}${blank}${ticks}`;
}

function fenced(value: string, language: string): string {
  const fence = "`".repeat(Math.max(3, longestRun(value) + 1));
  return `${fence}${language}\n${value.endsWith("\n") ? value : value + "\n"}${fence}`;
}

function longestRun(value: string): number {
  return Math.max(0, ...(value.match(/`+/g) ?? []).map((run) => run.length));
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
