/**
 * What a pull request says. Everything that comes from a repository goes through `text` and `code`: it can neither
 * format, nor link, nor mention anybody.
 */
import { code, text } from "../report/markdown.ts";
import { adviceOf, describeAccount, describeOutcome } from "../report/report.ts";
import { describeEvidence } from "../report/text.ts";
import type { RewriteResult } from "../rewrite/types.ts";
import type { Group } from "./scan.ts";

export interface BodyOptions {
  readonly version: string;
  /** How long it may be, in UTF-16 code units. */
  readonly limit?: number;
  /** Markdown of `deroot verify`, where somebody has run it. */
  readonly verification?: string | null;
}

/** GitHub takes 65,536 characters; the marker and what people add need room, too. */
const LIMIT = 60_000;

export function pullRequestTitle({ directory }: Pick<Group, "directory">, title: string | null): string {
  if (title !== null) return title;
  // A title is not Markdown, but "@name" and "#1" work in it.
  const where = directory === null ? "containers" : `${directory.replace(/[^\w./-]/g, "_").slice(0, 80)}`;
  return `fix(docker): run ${where} as an unprivileged user`;
}

/** No word of the repository's in it: commit messages close issues and mention people. */
export function commitText(group: Group): string {
  const count = group.results.filter(({ status }) => status === "rewritten").length;
  return `${count === 1 ? "One image" : `${count} images`} ran as root. The pull request says what changes for callers.`;
}

export function pullRequestBody(group: Group, { version, limit = LIMIT, verification }: BodyOptions): string {
  const rewritten = group.results.filter(({ status }) => status === "rewritten");
  const others = group.results.filter(({ status }) => status === "declined" || status === "failed");
  const end = [...no(), `<sub>Made by deroot ${text(version)}.</sub>`].join("\n\n");
  const start = [intro(rewritten), table(rewritten), ...toCome(group.later.length), ...callers(rewritten)];
  const room = limit - end.length - 400;
  const blocks: string[] = [];
  let used = 0;
  const add = (block: string): boolean => {
    if (used + block.length + 2 > room) return false;
    blocks.push(block);
    used += block.length + 2;
    return true;
  };
  for (const block of start) add(block);
  if (verification) add(`## Verification\n\n${verification.trim()}`);
  addAll(add, "## What changes, and how sure it is", rewritten.map(changes));
  addAll(add, "## Left as it is", others.map(leftAlone));
  return [...blocks, end].join("\n\n");
}

function addAll(add: (block: string) => boolean, heading: string, items: readonly string[]): void {
  if (items.length === 0 || !add(heading)) return;
  const left = items.length - items.filter((item, i) => i < MOST_ITEMS && add(item)).length;
  if (left > 0) add(`… and ${left} more. \`deroot migrate\` in a clone tells all of it.`);
}

function intro(rewritten: readonly RewriteResult[]): string {
  const images =
    rewritten.length === 1 ? "The image built here runs" : `The ${rewritten.length} images built here run`;
  return (
    `${images} the app as root. Whoever breaks out of such a process is root in the container, and closer to the host. ` +
    "This pull request makes it an unprivileged user, with what has to change in the same step: ownership, ports, " +
    "start scripts, and the files around the Dockerfile."
  );
}

function toCome(count: number): string[] {
  if (count === 0) return [];
  const more = count === 1 ? "One more Dockerfile" : `${count} more Dockerfiles`;
  return [
    `${more} can be changed in the same way. A pull request of their own follows when this one is merged.`,
  ];
}

function table(rewritten: readonly RewriteResult[]): string {
  const rows = rewritten.slice(0, MOST_ROWS).map((result) => {
    const account = result.account === null ? "" : text(describeAccount(result.account));
    const ports = result.ports.map(
      ({ from, to, protocol }) => `${from}${protocol === "udp" ? "/udp" : ""} → ${to}`,
    );
    return `| ${code(result.dockerfile)} | ${account} | ${ports.join(", ")} |`;
  });
  const more = rewritten.length - rows.length;
  return [
    "| Dockerfile | Runs as | Ports in the container |",
    "| --- | --- | --- |",
    ...rows,
    ...(more > 0 ? [`| … and ${more} more | | |`] : []),
  ].join("\n");
}

/** What is different for those who run the image. */
function callers(rewritten: readonly RewriteResult[]): string[] {
  const items: string[] = [];
  for (const { dockerfile, ports } of rewritten) {
    for (const { from, to, protocol } of ports)
      items.push(
        `- ${code(dockerfile)}: the container listens on **${to}** instead of ${from}${protocol === "udp" ? "/udp" : ""}. ` +
          "Whatever names the container's port outside this repository has to follow; published ports stay.",
      );
  }
  const ids = [...new Set(rewritten.flatMap(({ account }) => idsOf(account)))];
  const written = rewritten.some(({ writable }) => writable.length > 0);
  if (ids.length > 0 && written)
    items.push(
      `- Volumes that earlier releases wrote as root have to be handed over once, before the upgrade: ` +
        ids
          .map((id) =>
            code(`docker run --rm --user 0 --entrypoint chown --volume NAME:/data IMAGE -R ${id} /data`),
          )
          .join(", ") +
        ". In Kubernetes, `fsGroup` with `fsGroupChangePolicy: OnRootMismatch` does it.",
    );
  if (items.length === 0) items.push("- Nothing that deroot knows of: same ports, no data on volumes.");
  return [["## What callers will notice", "", ...items.slice(0, MOST_ROWS)].join("\n")];
}

function idsOf(account: RewriteResult["account"]): string[] {
  if (account === null || account.uid === null) return [];
  return [`${account.uid}:${account.gid ?? account.uid}`];
}

function changes(result: RewriteResult): string {
  const made = result.changes.filter(({ applicability }) => applicability !== "manual");
  const items = made.map(({ title, reason, applicability, evidence }) => {
    const sure = applicability === "safe" ? "safe" : "likely";
    const from = evidence.slice(0, MOST_EVIDENCE).map((item) => `\n  - ${text(describeEvidence(item))}`);
    return `- **${text(title)}** *(${sure})*: ${text(reason)}${from.join("")}`;
  });
  const advice = adviceOf(result).map(
    ({ title, reason, path, line }) =>
      `- **${text(title)}** (${code(path + (line === null ? "" : `:${line}`))}): ${text(reason)}`,
  );
  return [
    `### ${code(result.dockerfile)}`,
    `<details><summary>${made.length === 1 ? "1 change" : `${made.length} changes`}</summary>`,
    items.join("\n"),
    ...(advice.length > 0 ? [["To know:", "", ...advice].join("\n")] : []),
    "</details>",
  ].join("\n\n");
}

function leftAlone(result: RewriteResult): string {
  const outcome = describeOutcome(result).replace(/\.?$/, ".");
  const remedy = result.reason?.remedy ? ` ${result.reason.remedy}` : "";
  return `- ${code(result.dockerfile)}: ${text(outcome + remedy)}`;
}

function no(): string[] {
  return [
    "## If you do not want this",
    "Close this pull request: that is a no, and deroot opens no other. To leave out one Dockerfile, write " +
      "`# deroot-ignore` in it. For the whole repository, `enabled: false` in `.github/deroot.yml`, or the topic " +
      "`deroot-ignore`. You can also push to this branch: from then on deroot leaves it to you.",
  ];
}

const MOST_ROWS = 100;
const MOST_ITEMS = 100;
const MOST_EVIDENCE = 4;
