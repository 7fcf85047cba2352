import { jsonReport } from "../report/json.ts";
import { markdownReport } from "../report/markdown.ts";
import type { Report } from "../report/report.ts";
import { sarifReport } from "../report/sarif.ts";
import { TextSummary } from "../report/text.ts";
import { passes } from "../../transforms/index.ts";
import type { CheckArguments } from "./check.ts";
import { deliver, exitCodeOf, summaryOptions, tellNotes } from "./support/deliver.ts";
import type { ExitCode } from "./support/errors.ts";
import { openSession, type Session } from "./support/session.ts";
import { TOOL } from "./support/tool.ts";

export async function runCheck(args: CheckArguments): Promise<ExitCode> {
  const session = await openSession(args);
  const files = args.sarif === undefined ? [] : [{ path: args.sarif, report: sarif() }];
  tellNotes(session.notes, args);
  await deliver(session, { stdout: report(session, args), files, onlyStdout: files.length === 0 }, args);
  return exitCodeOf(session, session.totals.rewritten > 0);
}

function report(session: Session, args: CheckArguments): Report {
  switch (args.format) {
    case "json":
      return jsonReport(TOOL);
    case "sarif":
      return sarif();
    case "markdown":
      return markdownReport();
    default:
      return textReport(session, args);
  }
}

function sarif(): Report {
  return sarifReport(TOOL, new Map(passes.map((pass) => [pass.name, pass])));
}

const LABELS = { rewritten: "would change", unchanged: "unchanged", declined: "declined", failed: "failed" };

function textReport(session: Session, args: CheckArguments): Report {
  const summary = new TextSummary({ ...summaryOptions(session, args, process.stdout), labels: LABELS });
  return {
    begin: () => "",
    add(result) {
      summary.add(result);
      return "";
    },
    end(totals) {
      if (session.dockerfiles.length === 0) return "";
      return args.quiet ? summary.lines(["rewritten", "failed"]) : summary.all(totals);
    },
  };
}
