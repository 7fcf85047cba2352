import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { FileTree } from "../../file-tree.ts";
import { describeOutcome, describeTotals, type Report, type Tool } from "../../report/report.ts";
import { printable } from "../../report/text.ts";
import type { RewriteOptions, RewriteResult } from "../../rewrite/types.ts";
import type { PageFiles } from "./assets.ts";
import type { Overview, Page } from "./protocol.ts";
import { detailOf, itemOf, type Reviewed } from "./views.ts";

export interface HtmlReportInput {
  readonly tool: Tool;
  /** Name of the folder. */
  readonly project: string;
  readonly tree: FileTree;
  readonly options?: RewriteOptions | undefined;
  readonly files: PageFiles;
  /** Topic to file. */
  readonly pages: ReadonlyMap<string, string>;
}

/**
 * The review page as one file to read: style, script and data are in it, nothing is loaded from elsewhere, and
 * nothing can be decided. Made result by result, so that a long run need not hold them.
 */
export function htmlReport(input: HtmlReportInput): Report<Promise<string>> {
  const { tool, project, tree, options, files, pages } = input;
  const topics = new Set<string>();
  return {
    begin: () => head(files),
    async add(result) {
      for (const { pass } of result.changes) topics.add(pass);
      if (result.reason !== null) topics.add(result.reason.code);
      const reviewed = asItIs(result);
      const detail = await detailOf({ reviewed, tree, options });
      return (
        block("item", itemOf(reviewed)) +
        block("detail", detail) +
        `<noscript><p><code>${escape(result.dockerfile)}</code>: ${result.status}, ${escape(describeOutcome(result))}</p></noscript>\n`
      );
    },
    async end(totals) {
      const overview: Overview = {
        tool: { name: tool.name, version: tool.version },
        project,
        items: [],
        applied: null,
        verifying: null,
      };
      return (
        block("overview", overview) +
        block("pages", await pagesAbout(topics, pages)) +
        `<noscript><p>${escape(describeTotals(totals))}</p></noscript>\n` +
        `<script>${files.script}</script>\n</body></html>\n`
      );
    },
  };
}

/** A report shows what deroot does: everything that it offers. */
function asItIs(result: RewriteResult): Reviewed {
  const changes = result.changes
    .filter(({ applicability }) => applicability !== "manual")
    .map((change) => ({ change, verdict: "accepted" as const }));
  return { offered: result, chosen: result, changes, isEdited: false };
}

async function pagesAbout(topics: ReadonlySet<string>, pages: ReadonlyMap<string, string>): Promise<Page[]> {
  const found = [...topics].sort().filter((topic) => pages.has(topic));
  return Promise.all(
    found.map(async (topic) => ({ topic, markdown: await readFile(pages.get(topic)!, "utf8") })),
  );
}

/** A block of a type that browsers do not run, from which no text can break out. */
function block(kind: string, value: unknown): string {
  const json = JSON.stringify(value).replaceAll("<", "\\u003c");
  return `<script type="application/json" data-deroot="${kind}">${json}</script>\n`;
}

/** Only this script and this style, told by their hashes. */
function head({ script, style }: PageFiles): string {
  const nonce = digest(script).slice(0, 16).replace(/[+/]/g, "0");
  const policy = [
    "default-src 'none'",
    `script-src 'sha256-${digest(script)}'`,
    `style-src 'sha256-${digest(style)}' 'nonce-${nonce}'`,
    "img-src data:",
    "base-uri 'none'",
    "form-action 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join("; ");
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="style-nonce" content="${nonce}">
<title>deroot report</title><link rel="icon" href="data:,">
<style>${style}</style></head>
<body><div id="app"></div>
`;
}

function digest(text: string): string {
  return createHash("sha256").update(text).digest("base64");
}

function escape(text: string): string {
  return printable(text).replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}
