import { basename } from "node:path";
import { jsonReport } from "../report/json.ts";

import { patchReport, type AnyReport } from "../report/report.ts";
import { removeStale, writeCopies, writeInPlace, WriteError } from "../report/write.ts";
import { failure, type RewriteResult } from "../rewrite/index.ts";
import type { MigrateArguments } from "./migrate.ts";
import { deliver, exitCodeOf, tellNotes } from "./support/deliver.ts";
import type { ExitCode } from "./support/errors.ts";
import { openSession, openStdin, type Session } from "./support/session.ts";
import { readStdin } from "./support/streams.ts";
import { pages } from "./support/pages.ts";
import { TOOL } from "./support/tool.ts";

export async function runMigrate(args: MigrateArguments): Promise<ExitCode> {
  const session = args.stdin ? await openStdin(args, await readStdin()) : await openSession(args);
  const writes = args.write === true || args.outDir !== undefined;
  const printsPatch = !args.json && !writes && args.patch === undefined;
  const files: { path: string; report: AnyReport }[] = [];
  if (args.patch !== undefined) files.push({ path: args.patch, report: patchReport() });
  if (args.html !== undefined) files.push({ path: args.html, report: await html(session) });
  if (args.write) await clearAway(session);
  const summary = await deliver(
    session,
    {
      stdout: args.json ? jsonReport(TOOL) : printsPatch ? patchReport() : null,
      stdoutIsDiff: printsPatch,
      files,
      onlyStdout: !writes && files.length === 0,
      settle: (result) => settled(session, args, result),
    },
    args,
  );
  tellNotes(session.notes, args);
  if (session.dockerfiles.length > 0) {
    process.stderr.write(
      args.quiet
        ? summary.lines(["failed"])
        : summary.all(session.totals) + nextStep(session, args, printsPatch),
    );
  }
  return exitCodeOf(session);
}

/** Loaded when it is asked for: the page is larger than all the rest. */
async function html({ tree, root, options }: Session): Promise<AnyReport> {
  const { htmlReport } = await import("../review/web/report.ts");
  const { readPageFiles } = await import("../review/web/assets.ts");
  const project = root === null ? "standard input" : basename(root);
  return htmlReport({
    tool: TOOL,
    project,
    tree,
    options,
    files: readPageFiles(),
    pages: pages(),
  });
}

/** Writes one result where it is wanted; what cannot be written has failed. */
function settled({ root }: Session, args: MigrateArguments, result: RewriteResult): RewriteResult {
  if (root === null || result.files.length === 0) return result;
  try {
    if (args.write) writeInPlace(root, result);
    if (args.outDir !== undefined) writeCopies(root, args.outDir, result);
    return result;
  } catch (error) {
    if (!(error instanceof WriteError)) throw error;
    return failure(result.dockerfile, "not-written", `${error.path}: ${error.message}`, error.hint);
  }
}

async function clearAway({ root, tree }: Session): Promise<void> {
  if (root !== null)
    removeStale(
      root,
      (await tree.list()).map((entry) => entry.path),
    );
}

function nextStep({ root, totals, name }: Session, args: MigrateArguments, printsPatch: boolean): string {
  if (totals.rewritten === 0 || root === null || args.json) return "";
  if (args.write)
    return "Written. Build and try the images before you commit; git diff shows what changed.\n";
  if (args.outDir !== undefined) return `Changed copies are in ${args.outDir}.\n`;
  const away = name(".");
  const git = away.startsWith("..") ? `git -C ${away} apply` : "git apply";
  if (!printsPatch) return `Nothing is changed yet: ${git} takes ${args.patch}.\n`;
  return `Nothing is changed yet: --write changes the files, and ${git} takes the patch.\n`;
}
