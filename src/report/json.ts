import type { RewriteResult } from "../rewrite/types.ts";
import type { Report, Tool } from "./report.ts";

/**
 * The report of `--json`, described by `schema/report.schema.json`. It is one JSON document, yet it is made
 * result by result; that is why the totals come last.
 */
export function jsonReport(tool: Tool): Report {
  let first = true;
  return {
    begin: () =>
      `{\n  "schema": 1,\n  "tool": ${JSON.stringify({ name: tool.name, version: tool.version })},\n  "results": [`,
    add(result) {
      const text = JSON.stringify(jsonResult(result), null, 2).replaceAll("\n", "\n    ");
      const separator = first ? "\n    " : ",\n    ";
      first = false;
      return separator + text;
    },
    end: ({ rewritten, unchanged, declined, failed }) =>
      `${first ? "" : "\n  "}],\n  "totals": ${JSON.stringify({ rewritten, unchanged, declined, failed })}\n}\n`,
  };
}

/** One element of `results`, its keys always in the same order. */
export function jsonResult(result: RewriteResult): object {
  const { reason, account, runsAsRoot } = result;
  return {
    dockerfile: result.dockerfile,
    status: result.status,
    reason: reason && pick(reason, ["code", "message", "remedy", "line"]),
    account: account && pick(account, ["name", "uid", "gid", "home", "source"]),
    runsAsRoot: pick(runsAsRoot, ["before", "after"]),
    ports: result.ports.map((port) => pick(port, ["from", "to", "protocol"])),
    writable: result.writable.map(({ path, evidence }) => ({ path, evidence: evidence.map(jsonEvidence) })),
    changes: result.changes.map((change) => ({
      ...pick(change, ["id", "pass", "title", "reason", "applicability", "dependsOn"]),
      evidence: change.evidence.map(jsonEvidence),
      edits: change.edits.map((edit) => pick(edit, ["path", "start", "end", "text"])),
      modes: (change.modes ?? []).map((mode) => pick(mode, ["path", "mode"])),
    })),
    advice: result.advice.map((advice) => pick(advice, ["title", "reason", "path", "line"])),
    files: result.files.map((file) => pick(file, ["path", "diff", "mode"])),
  };
}

function jsonEvidence(evidence: RewriteResult["changes"][number]["evidence"][number]): object {
  return pick(evidence, ["source", "where", "line", "says"]);
}

function pick<T extends object, K extends keyof T>(value: T, keys: readonly K[]): Pick<T, K> {
  return Object.fromEntries(keys.map((key) => [key, value[key]])) as Pick<T, K>;
}
