import type { Change, RewriteResult } from "../rewrite/types.ts";
import { CSS } from "./html-style.ts";
import { adviceOf, describeOutcome, describeTotals, type Report, type Tool } from "./report.ts";
import { describeEvidence } from "./text.ts";

/** A page to read: one file, no scripts, nothing loaded from elsewhere, light and dark. */
export function htmlReport(tool: Tool): Report {
  const rows: string[] = [];
  const sections: string[] = [];
  return {
    begin: () => "",
    add(result) {
      const id = `d${rows.length + 1}`;
      rows.push(
        `<tr><td><a href="#${id}">${path(result.dockerfile)}</a></td><td>${badge(result.status)}</td>` +
          `<td>${escape(describeOutcome(result))}</td></tr>`,
      );
      sections.push(section(id, result));
      return "";
    },
    end(totals) {
      const tiles = Object.entries(totals)
        .map(
          ([status, count]) =>
            `<li class="${status}${count === 0 ? " none" : ""}"><b>${count}</b> ${status}</li>`,
        )
        .join("");
      return page(
        `<header><h1>deroot</h1><p>${escape(describeTotals(totals))}</p></header>
<main><ul class="tiles">${tiles}</ul>
<div class="scroll"><table><thead><tr><th>Dockerfile</th><th>Outcome</th><th></th></tr></thead>
<tbody>${rows.join("\n")}</tbody></table></div>
${sections.join("\n")}</main>
<footer>${escape(`${tool.name} ${tool.version}`)}</footer>`,
      );
    },
  };
}

function page(body: string): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>deroot report</title><style>${CSS}</style></head>
<body>${body}</body></html>
`;
}

function section(id: string, result: RewriteResult): string {
  const parts = [
    `<h2>${path(result.dockerfile)} ${badge(result.status)}</h2>`,
    `<p>${escape(describeOutcome(result))}</p>`,
  ];
  if (result.status !== "rewritten" && result.reason?.remedy)
    parts.push(`<p class="quiet">${escape(result.reason.remedy)}</p>`);
  const made = result.changes.filter((change) => change.applicability !== "manual");
  if (made.length > 0) parts.push(`<ol class="changes">${made.map(changeItem).join("")}</ol>`);
  const advice = adviceOf(result).map(
    ({ title, reason, path: where, line }) =>
      `<li><b>${escape(title)}</b> <span class="quiet">${path(where)}${line === null ? "" : `:${line}`}</span><br>${escape(reason)}</li>`,
  );
  if (advice.length > 0)
    parts.push(`<div class="advice"><h3>What to know</h3><ul>${advice.join("")}</ul></div>`);
  parts.push(...result.files.map((file) => diffBlock(file.path, file.diff)));
  return `<section id="${id}">${parts.join("\n")}</section>`;
}

function changeItem({ pass, title, reason, applicability, evidence }: Change): string {
  const proof = evidence.map((item) => `<li>${escape(describeEvidence(item))}</li>`).join("");
  return (
    `<li><b>${escape(title)}</b> <span class="tag">${escape(pass)}</span> <span class="tag ${applicability}">${applicability}</span>` +
    `<p>${escape(reason)}</p>${proof === "" ? "" : `<ul class="quiet">${proof}</ul>`}</li>`
  );
}

function diffBlock(file: string, diff: string): string {
  const lines = diff
    .replace(/\n$/, "")
    .split("\n")
    .map((line) => {
      const kind = DIFF_LINES.find(([pattern]) => pattern.test(line))?.[1];
      const text = escape(line.replace(/\r$/, "")) || " ";
      return kind === undefined ? `<span>${text}</span>` : `<span class="${kind}">${text}</span>`;
    });
  return `<details open><summary>${path(file)}</summary><pre>${lines.join("")}</pre></details>`;
}

const DIFF_LINES: readonly (readonly [RegExp, string])[] = [
  [/^(?:diff --git|---|\+\+\+|(?:old|new|new file) mode) /, "meta"],
  [/^@@/, "hunk"],
  [/^\+/, "added"],
  [/^-/, "removed"],
];

function badge(status: string): string {
  return `<span class="badge ${status}">${status}</span>`;
}

function path(value: string): string {
  return `<code>${escape(value).replaceAll("/", "/<wbr>")}</code>`;
}

/** Safe between tags and in quoted attributes; control and direction characters become visible. */
export function escape(value: string): string {
  return (
    value
      .replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`)
      // eslint-disable-next-line no-control-regex -- these are the characters in question
      .replace(/[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, "\ufffd")
  );
}
