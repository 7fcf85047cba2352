import type { Pass } from "../src/rewrite/pass.ts";
import type { Mending, RootLine } from "../src/rewrite/plan/root-lines.ts";
import type { Change, Edit } from "../src/rewrite/types.ts";
import { canRun } from "../src/rewrite/plan/account.ts";
import { insert } from "./insert.ts";
import { mendedLines, startScriptId } from "./names.ts";

/** Lets a start go on without root: lines that only root can run are left to root, and what they did is there before. */
export const startScript: Pass = {
  name: "start-script",
  summary: "lets start scripts pass over lines that only root can run, and does at build what they did",
  run({ plan, layout }) {
    const { account, positions } = plan;
    if (!account || !positions) return [];
    const rootLines = mendedLines(plan);
    const paths = [...new Set(rootLines.map(({ path }) => path))];
    return paths.map((path): Change => {
      const lines = rootLines.filter((line) => line.path === path);
      const text = path === plan.path ? layout.dockerfile.text : (plan.around.texts.get(path) ?? "");
      const built = lines.filter(({ mending }) => mending.kind === "built").map(({ written }) => written);
      return {
        id: startScriptId(path),
        pass: "start-script",
        title: `Let ${path} start without root`,
        reason: [...new Set(lines.map(({ mending }) => WHY[mending.kind]))].join(" "),
        applicability: lines.some(({ mending }) => mending.kind === "time-zone") ? "likely" : "safe",
        dependsOn: ["user"],
        evidence: lines.map(({ line, written }) => ({
          source: path === plan.path ? ("dockerfile" as const) : ("companion" as const),
          where: path,
          line,
          says: written,
        })),
        edits: [
          ...(built.length > 0 && canRun(plan.model)
            ? [insert(layout, positions.user, [layout.run(built)])]
            : []),
          ...(path === plan.path
            ? lines.flatMap((line) => guardInline(line, "$(id -u)"))
            : guardLines(path, text, lines)),
        ],
      };
    });
  },
};

const WHY: Readonly<Record<Mending["kind"], string>> = {
  handed: "Only root can give files away, and they belong to the account from the build on.",
  built: "What only root can do is done once, at build, where it was done at every start.",
  "time-zone": "Only root can set the zone of the whole container; programs read TZ themselves.",
  edited: "sed -i makes a file beside the one it edits, where the account may not.",
};

/** Guards lines of a script; those that follow each other, by one test. */
function guardLines(path: string, text: string, lines: readonly RootLine[]): Edit[] {
  const eol = text.includes("\r\n") ? "\r\n" : "\n";
  const unit = indentOf(text);
  const edits: Edit[] = [];
  const insertAt = (at: number, inserted: string) => edits.push({ path, start: at, end: at, text: inserted });
  let open: RootLine | null = null;
  const sorted = [...lines].sort((a, b) => a.command.start - b.command.start);
  sorted.forEach((line, index) => {
    const { start, end, alone } = line.command;
    const indent = indentAt(text, start);
    if (line.mending.kind === "edited" || alone !== true || indent === null) {
      edits.push(...guardInline(line, '"$(id -u)"'));
      return;
    }
    insertAt(start, open === null ? `if [ "$(id -u)" = 0 ]; then${eol}${indent}${unit}` : unit);
    const next = sorted[index + 1];
    const follows =
      next?.command.alone === true &&
      next.mending.kind !== "edited" &&
      text.slice(end, next.command.start) === eol + indent;
    open = follows ? line : null;
    if (!follows) insertAt(end, `${eol}${indent}fi`);
  });
  return edits;
}

/** What one level is set in by: the shortest that a line has. */
function indentOf(text: string): string {
  const all = [...text.matchAll(/^([ \t]+)\S/gm)].map((match) => match[1]!);
  return all.reduce((one, other) => (other.length < one.length ? other : one), all[0] ?? "  ");
}

/** The blanks before a command that begins its line; null when something else stands there. */
function indentAt(text: string, start: number): string | null {
  const before = text.slice(text.lastIndexOf("\n", start - 1) + 1, start);
  return before.trim() === "" ? before : null;
}

/** In a chain, or on a line with others. */
function guardInline({ path, command, mending }: RootLine, id: string): Edit[] {
  const { start, end, alone } = command;
  const at = (offset: number, text: string): Edit => ({ path, start: offset, end: offset, text });
  if (mending.kind !== "edited") return [at(start, `{ [ ${id} != 0 ] || `), at(end, "; }")];
  const copy = `/tmp/${mending.file.replace(/^.*\//, "").replace(/["']/g, "")}`;
  return [
    ...(alone ? [] : [at(start, "{ ")]),
    { path, ...mending.option },
    at(end, ` > ${copy} && cat ${copy} > ${mending.file}${alone ? "" : "; }"}`),
  ];
}
