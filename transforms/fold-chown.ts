import type { Pass } from "../src/rewrite/pass.ts";
import type { Layout } from "../src/rewrite/layout.ts";
import type { Fold } from "../src/rewrite/plan/fold.ts";
import type { Change, Edit } from "../src/rewrite/types.ts";
import { copyChownIds, freshId } from "./names.ts";

/** `RUN chown -R` stores what it changes a second time; what COPY gave away already needs none. */
export const foldChown: Pass = {
  name: "fold-chown",
  summary: "takes away, or narrows, the chown -R that --chown makes pointless",
  run({ plan, layout }) {
    const ids = new Set<string>();
    const copies = copyChownIds(plan);
    return plan.handover.folds.flatMap((fold): Change[] => {
      const edits = editsOf(fold, layout);
      const { line } = fold.step.instruction;
      const paths = fold.left.map(({ path }) => path).join(", ");
      return [
        {
          id: freshId(`fold-chown:${fold.paths[0]!}`, ids),
          pass: "fold-chown",
          title: fold.into
            ? `Hand over ${paths} in line ${fold.into.instruction.line}, not in line ${line}`
            : fold.left.length === 0
              ? `Take away the chown -R of line ${line}`
              : `Narrow the chown -R of line ${line} to ${paths}`,
          reason: fold.into
            ? "In the step that makes the files, chown stores none of them in a second layer. What COPY brings comes with its owner."
            : "What COPY brings comes with its owner; chown -R would store each of these files in a second layer.",
          applicability: "safe",
          dependsOn: fold.copies.map((step) => copies.get(step)!),
          evidence: [
            {
              source: "dockerfile",
              where: plan.path,
              line,
              says: "gives away what steps before it bring",
            },
          ],
          edits,
        },
      ];
    });
  },
};

function editsOf(fold: Fold, layout: Layout): Edit[] {
  const { step, command, left, into, range } = fold;
  const taken = (): Edit =>
    range === "all" || range === null
      ? layout.remove(step.instruction, { comments: true })
      : layout.replace(range.start, range.end, "");
  if (into) return [layout.append(into.instruction, [chown(fold, true)!]), taken()];
  if (left.length === 0) return [taken()];
  const parts = [chown(fold, false), chown(fold, true)].filter((part) => part !== null);
  return [layout.replace(command.start, command.end, parts.join(" && "))];
}

/** The command as it stands, for the paths that it is still to change: with all that is in them, or just these. */
function chown({ command, paths, left, into }: Fold, recursive: boolean): string | null {
  const wanted = left.filter((each) => each.recursive === recursive);
  if (wanted.length === 0) return null;
  const words = command.argv.slice(1);
  const options = words.filter((word) => word.prefix.startsWith("-"));
  const [owner, ...named] = words.filter((word) => !word.prefix.startsWith("-"));
  const raw = (path: string) => {
    const at = paths.indexOf(path);
    // Somewhere else the working directory may be another.
    return at < 0 || into ? path : named[at]!.raw;
  };
  const kept = options
    .map((word) => (recursive ? word.raw : word.raw.replace(/^--recursive$/, "").replace("R", "")))
    .filter((word) => word !== "" && word !== "-");
  return ["chown", ...kept, owner!.raw, ...wanted.map(({ path }) => raw(path))].join(" ");
}
