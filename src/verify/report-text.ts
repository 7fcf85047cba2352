import { printable, wrap, type Palette } from "../report/text.ts";
import { countVerdicts, factsOf } from "./facts.ts";
import { sentencesOf } from "./learned-text.ts";
import type { Verdict, Verification } from "./types.ts";

export interface VerifyTextOptions {
  readonly palette: Palette;
  readonly width: number;
  /** The facts also where nothing differs. */
  readonly verbose?: boolean;
  /** What was learned is told where it is kept. */
  readonly learned?: boolean;
  readonly name?: (path: string) => string;
}

/** One Dockerfile, for people at a terminal. */
export function verificationText(verification: Verification, options: VerifyTextOptions): string {
  const { palette, width, verbose = false, name = (path: string) => path } = options;
  const { verdict, reason, remedy, findings, notes, repair, rewrite, seconds } = verification;
  const parts = [
    `${colour(verdict, palette)(verdict.padEnd(PAD))}${palette.bold(printable(name(verification.dockerfile)))}` +
      palette.dim(`  ${seconds.toFixed(1)} s`) +
      "\n",
  ];
  if (reason !== null) parts.push(wrap(printable(reason), width, INDENT));
  if (remedy !== null) parts.push(palette.dim(wrap(printable(remedy), width, INDENT)));
  for (const { says, details, run } of findings) {
    const where = run !== null && verification.rewritten.length > 1 ? ` (as ${run})` : "";
    parts.push(wrap(`- ${printable(says)}${where}`, width, INDENT, "  "));
    for (const line of details) parts.push(palette.dim(`${INDENT}    ${printable(line)}\n`));
  }
  if (verdict === "different" || verbose) {
    const facts = factsOf(verification);
    const columns = [0, 1].map((at) =>
      Math.max(0, ...facts.map((fact) => (at === 0 ? fact.name : fact.before).length)),
    );
    for (const { name: title, before, after } of facts) {
      parts.push(
        `${INDENT}${palette.dim(title.padEnd(columns[0]!))}  ${before.padEnd(columns[1]!)}  ->  ${after}\n`,
      );
    }
  }
  if (options.learned && verification.learned) {
    parts.push(`${INDENT}Learned:\n`);
    for (const each of sentencesOf(verification.learned))
      parts.push(palette.dim(wrap(`- ${printable(each)}`, width, INDENT, "  ")));
  }
  for (const note of notes) parts.push(palette.dim(wrap(`note: ${printable(note)}`, width, INDENT, "  ")));
  if (repair && repair.rounds.length > 0) {
    for (const [index, { learned, verdict: then }] of repair.rounds.entries()) {
      parts.push(wrap(`round ${index + 1}: ${then}`, width, INDENT));
      for (const each of learned)
        parts.push(palette.dim(wrap(`- ${printable(each)}`, width, `${INDENT}  `, "  ")));
    }
  }
  if (repair && repair.obstacles.length > 0) {
    parts.push(
      `${INDENT}In the way:\n`,
      ...repair.obstacles.map((each) => wrap(`- ${printable(each)}`, width, INDENT, "  ")),
    );
  }
  if (repair && repair.rounds.length > 0 && verdict === "same") {
    parts.push(`${INDENT}The patch that works:\n`, ...rewrite.files.map((file) => file.diff));
  }
  return parts.join("");
}

export function verdictTotals(verifications: readonly Verification[], palette: Palette): string {
  return `\n${palette.bold(countVerdicts(verifications))}\n`;
}

function colour(verdict: Verdict, palette: Palette): (text: string) => string {
  return {
    same: palette.green,
    different: palette.red,
    "not comparable": palette.yellow,
    skipped: palette.dim,
  }[verdict];
}

const PAD = 16;
const INDENT = " ".repeat(PAD);
