import type { Change, Edit, RewriteResult } from "../rewrite/types.ts";
import { adviceOf, type Report, type Tool } from "./report.ts";

/** One rule: a pass, a kind of decline, or advice. */
export interface RuleDocs {
  readonly summary: string;
}

/** SARIF 2.1.0 for code scanning: a result for each change that `migrate` would make, with its fix. */
export function sarifReport(tool: Tool, docs: ReadonlyMap<string, RuleDocs> = new Map()): Report {
  const rules = new Map<string, object>();
  const results: object[] = [];
  const notifications: object[] = [];
  const rule = (id: string, title: string): string => {
    const summary = docs.get(id)?.summary ?? title;
    if (!rules.has(id))
      rules.set(id, {
        id,
        shortDescription: { text: summary },
        help: { text: `deroot explain ${id.split("/").at(-1)}` },
      });
    return id;
  };
  return {
    begin: () => "",
    add(result) {
      const sources = new Sources(result);
      for (const change of result.changes) {
        if (change.applicability === "manual") continue;
        results.push(changeResult(result, change, sources, rule(change.pass, change.title)));
      }
      for (const { title, reason, path, line } of adviceOf(result)) {
        const id = rule("advice", "Something to know before the image runs as another user");
        results.push(note(id, `${title}: ${reason}`, path, line));
      }
      if (result.status === "declined" && result.reason !== null) {
        const { code, message, remedy, line } = result.reason;
        results.push(
          note(
            rule(`declined/${code}`, message),
            [message, remedy].filter(Boolean).join(" "),
            result.dockerfile,
            line,
          ),
        );
      }
      if (result.status === "failed") {
        notifications.push({
          level: "error",
          message: { text: result.reason?.message ?? "failed" },
          locations: [location(result.dockerfile, null)],
        });
      }
      return "";
    },
    end: () => JSON.stringify(log(tool, [...rules.values()], results, notifications), null, 2) + "\n",
  };
}

function log(tool: Tool, rules: object[], results: object[], notifications: object[]): object {
  return {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: { driver: { name: tool.name, version: tool.version, rules } },
        columnKind: "utf16CodeUnits",
        invocations: [
          { executionSuccessful: notifications.length === 0, toolExecutionNotifications: notifications },
        ],
        results,
      },
    ],
  };
}

function changeResult(result: RewriteResult, change: Change, sources: Sources, ruleId: string): object {
  const own = change.edits.find((edit) => edit.path === result.dockerfile) ?? change.edits[0];
  const path = own?.path ?? change.modes?.[0]?.path ?? result.dockerfile;
  return {
    ruleId,
    level: change.applicability === "safe" ? "warning" : "note",
    message: { text: `${change.title}. ${change.reason}` },
    locations: [location(path, own === undefined ? null : sources.region(own))],
    partialFingerprints: { "derootChange/v1": `${result.dockerfile}#${change.id}` },
    ...(change.edits.length === 0 ? {} : { fixes: [fix(change, sources)] }),
  };
}

function fix(change: Change, sources: Sources): object {
  const byPath = new Map<string, Edit[]>();
  for (const edit of change.edits) byPath.set(edit.path, [...(byPath.get(edit.path) ?? []), edit]);
  return {
    description: { text: change.title },
    artifactChanges: [...byPath].map(([path, edits]) => ({
      artifactLocation: artifact(path),
      replacements: edits.map((edit) => ({
        deletedRegion: sources.region(edit),
        insertedContent: { text: edit.text },
      })),
    })),
  };
}

function note(ruleId: string, message: string, path: string, line: number | null): object {
  const region = line === null ? null : { startLine: line };
  return { ruleId, level: "note", message: { text: message }, locations: [location(path, region)] };
}

function location(path: string, region: object | null): object {
  // Code scanning shows nothing that has no line.
  return { physicalLocation: { artifactLocation: artifact(path), region: region ?? { startLine: 1 } } };
}

function artifact(path: string): object {
  return { uri: path.split("/").map(encodeURIComponent).join("/"), uriBaseId: "%SRCROOT%" };
}

/** Offsets to lines and columns in the files of one result. */
class Sources {
  readonly #texts = new Map<string, string>();
  readonly #lines = new Map<string, number[]>();

  constructor(result: RewriteResult) {
    for (const file of result.files) this.#texts.set(file.path, file.before ?? "");
  }

  region(edit: Edit): object {
    const [startLine, startColumn] = this.#position(edit.path, edit.start);
    const [endLine, endColumn] = this.#position(edit.path, edit.end);
    return { startLine, startColumn, endLine, endColumn };
  }

  #position(path: string, offset: number): readonly [line: number, column: number] {
    const text = this.#texts.get(path) ?? "";
    let starts = this.#lines.get(path);
    if (starts === undefined) {
      starts = [0];
      for (let i = text.indexOf("\n"); i !== -1; i = text.indexOf("\n", i + 1)) starts.push(i + 1);
      this.#lines.set(path, starts);
    }
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (starts[middle]! <= offset) low = middle;
      else high = middle - 1;
    }
    // A byte order mark is no character to SARIF.
    const mark = low === 0 && text.startsWith("\ufeff") && offset > 0 ? 1 : 0;
    return [low + 1, offset - starts[low]! + 1 - mark];
  }
}
