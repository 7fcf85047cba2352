import { code, text } from "../report/markdown.ts";
import { describeAnswer } from "./ask.ts";
import { countVerdicts, factsOf } from "./facts.ts";
import { sentencesOf } from "./learned-text.ts";
import type { Verdict, Verification } from "./types.ts";

/** For a pull request: the verdicts, then for each Dockerfile what was compared, and in what it differs. */
export function verificationsMarkdown(verifications: readonly Verification[]): string {
  const rows = verifications.map(
    ({ dockerfile, verdict, reason, findings }) =>
      `| ${code(dockerfile)} | ${MARKS[verdict]} ${verdict} | ${text(reason ?? findings.map(({ says }) => says).join(" "))} |`,
  );
  const table = ["| Dockerfile | Verdict | |", "| --- | --- | --- |", ...rows].join("\n");
  const details = verifications.filter(({ verdict }) => verdict !== "skipped").map(detailsOf);
  return (
    [`**${countVerdicts(verifications)}**`, ...(rows.length > 0 ? [table] : []), ...details].join("\n\n") +
    "\n"
  );
}

function detailsOf(verification: Verification): string {
  const { dockerfile, verdict, reason, remedy, findings, notes, legacy, repair, engine, rewritten } =
    verification;
  const blocks = [`### ${code(dockerfile)}: ${verdict}`];
  if (reason !== null) blocks.push(text(reason) + (remedy === null ? "" : ` ${text(remedy)}`));
  const how = `Built and run before and after with ${text(engine)}; after without capabilities, without new privileges and with ports below 1024 closed`;
  const users = rewritten.map(({ user }) => code(user)).join(" and ");
  if (rewritten.length > 0) blocks.push(`${how}, as ${users}.`);
  if (findings.length > 0) {
    const items = findings.map(({ says, details, run }) => {
      const where = run !== null && rewritten.length > 1 ? ` (as ${code(run)})` : "";
      return [`- ${text(says)}${where}`, ...details.map((line) => `  - ${code(line)}`)].join("\n");
    });
    blocks.push(items.join("\n"));
  }
  const facts = factsOf(verification);
  if (facts.length > 0) {
    const rows = facts.map(({ name, before, after }) => `| ${name} | ${text(before)} | ${text(after)} |`);
    blocks.push(["| | before | after |", "| --- | --- | --- |", ...rows].join("\n"));
  }
  const answers = rewritten[0]?.answers ?? [];
  if (legacy && answers.length > 0) {
    const items = answers.map((answer) => `- ${code(describeAnswer(answer))}`);
    blocks.push(folded("Probes", items.join("\n")));
  }
  if (verification.learned) {
    const items = sentencesOf(verification.learned).map((each) => `- ${text(each)}`);
    if (items.length > 0) blocks.push(folded("What it does as root", items.join("\n")));
  }
  if (notes.length > 0) blocks.push(notes.map((note) => `- ${text(note)}`).join("\n"));
  if (repair && repair.rounds.length > 0) {
    const items = repair.rounds.map(
      ({ learned, verdict: then }, index) =>
        `${index + 1}. ${then}${learned.map((each) => `\n   - ${text(each)}`).join("")}`,
    );
    blocks.push(["Repaired from what the runs showed:", "", ...items].join("\n"));
  }
  if (repair && repair.obstacles.length > 0) {
    blocks.push(["In the way:", "", ...repair.obstacles.map((each) => `- ${text(each)}`)].join("\n"));
  }
  return blocks.join("\n\n");
}

function folded(title: string, body: string): string {
  return `<details><summary>${title}</summary>\n\n${body}\n\n</details>`;
}

const MARKS: Readonly<Record<Verdict, string>> = {
  same: "✅",
  different: "❌",
  "not comparable": "❔",
  skipped: "➖",
};
