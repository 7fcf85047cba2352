/** The status for programs, and as a page. Both are made row by row. */
import type { Tool } from "../report/report.ts";
import { printable } from "../report/text.ts";
import {
  progress,
  STATE_LABELS,
  type RowState,
  type StatusProposal,
  type StatusRow,
  type StatusTotals,
} from "./status.ts";

export interface StatusReport {
  begin(): string;
  add(row: StatusRow): string;
  end(totals: StatusTotals): string;
}

export function statusJson(tool: Tool, host: string, owner: string | null, now: Date): StatusReport {
  let first = true;
  return {
    begin: () => {
      const head = {
        schema: 1,
        tool: { name: tool.name, version: tool.version },
        host,
        owner,
        at: now.toISOString(),
      };
      return `${JSON.stringify(head, null, 2).slice(0, -2)},\n  "repositories": [`;
    },
    add(row) {
      const separator = first ? "\n    " : ",\n    ";
      first = false;
      return separator + JSON.stringify(row);
    },
    end: (totals) => `${first ? "" : "\n  "}],\n  "totals": ${JSON.stringify(totals)}\n}\n`,
  };
}

/** One file, no scripts, nothing loaded from elsewhere, light and dark. */
export function statusHtml(tool: Tool, owner: string | null, now: Date): StatusReport {
  return {
    begin: () => `<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escape(owner ?? "Repositories")}: containers as root</title><style>${CSS}</style></head>
<body><main><h1>${escape(owner ?? "Repositories")}</h1>
<table><thead><tr><th scope="col">Repository</th><th scope="col">State</th><th scope="col">As root</th><th scope="col">Pull request</th><th scope="col">Checks</th><th scope="col">Review</th><th scope="col">Age</th><th scope="col">Note</th></tr></thead>
<tbody>
`,
    add: (row) => {
      const { root, total } = row.dockerfiles;
      const list = (of: (proposal: StatusProposal) => string): string => row.proposals.map(of).join("<br>");
      return `<tr><th scope="row">${link(row.url, row.repository)}</th><td class="${row.state}">${STATE_LABELS[row.state]}</td><td>${total === 0 ? "" : `${root} of ${total}`}</td><td>${list(({ url, number }) => link(url, `#${number}`))}</td><td>${list(({ checks }) => (checks === "none" ? "–" : checks))}</td><td>${list(({ review }) => (review === "none" ? "–" : review.replace("-", " ")))}</td><td>${list(({ age }) => `${age} d`)}</td><td>${escape(row.note ?? "")}</td></tr>
`;
    },
    end: (totals) => {
      const { root, total } = totals.dockerfiles;
      const states = (Object.keys(STATE_LABELS) as RowState[])
        .filter((state) => totals.states[state])
        .map((state) => `<li class="${state}"><b>${totals.states[state]}</b> ${STATE_LABELS[state]}</li>`);
      return `</tbody></table>
<section class="summary"><p><b>${escape(progress(totals))}</b></p>
<progress max="${Math.max(total, 1)}" value="${total - root}">${total - root} of ${total}</progress>
<ul>${states.join("")}</ul></section></main>
<footer>${escape(`${tool.name} ${tool.version}, ${now.toISOString().slice(0, 16).replace("T", " ")} UTC`)}</footer></body></html>
`;
    },
  };
}

function link(url: string, label: string): string {
  // What a forge says is an address need not be one.
  return /^https?:\/\//.test(url) ? `<a href="${escape(url)}">${escape(label)}</a>` : escape(label);
}

function escape(text: string): string {
  return printable(text).replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}

/** The summary is known last and stands first. */
const CSS = `
:root{--line:#d8dee4;--quiet:#59636e;--bad:#b3261e;--warn:#8a5300;--good:#1a6e37}
@media (prefers-color-scheme:dark){:root{--line:#3d444d;--quiet:#9198a1;--bad:#ff8a80;--warn:#e3b341;--good:#56d364}}
body{font:16px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:80rem;padding:0 1rem}
main{display:flex;flex-direction:column}h1{order:0}.summary{order:1}table{order:2;border-collapse:collapse;display:block;overflow-x:auto}
th,td{text-align:left;padding:.3rem .8rem;border-bottom:1px solid var(--line);vertical-align:top}tbody th{font-weight:600}
tbody th,td:nth-child(n+2):nth-child(-n+7){white-space:nowrap}
ul{list-style:none;padding:0;display:flex;flex-wrap:wrap;gap:.5rem 1.5rem}progress{width:100%}
.conflicts,.failed{color:var(--bad)}.theirs,.refused{color:var(--warn)}.merged{color:var(--good)}
.skipped,.declined,.withdrawn,.nothing-to-do,footer{color:var(--quiet)}`;
