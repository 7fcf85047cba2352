// Records a review in a terminal as docs/review.svg: a few screens that follow on each other. Needs tmux and a build.
//   node scripts/record-review.mjs
import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const [COLUMNS, ROWS] = [84, 27];
const [CELL, LINE, SECONDS] = [8.4, 18, 4];
const BACK = { 31: "#f47067", 32: "#6bc46d" };
/** What is pressed, and what it brings; each is a picture. */
const SCENES = [
  [["deroot review", "Enter"], "Make the account"],
  [["y"], "Run as app"],
  [["y"], "Give what line"],
  [["y", "y"], "Listen on 8080"],
  [["A"], "Enter writes"],
  [["Enter"], "Written:"],
];

const folder = mkdtempSync(join(tmpdir(), "deroot-record-"));
const project = join(folder, "voting");
const tmux = (...args) =>
  execFileSync("tmux", ["-u", "-S", join(folder, "socket"), ...args], { encoding: "utf8" });
try {
  cpSync(join(root, "examples/compose-voting"), project, { recursive: true });
  execFileSync("git", ["init", "--quiet"], { cwd: project });
  const program = join(folder, "deroot");
  writeFileSync(program, `#!/bin/sh\nexec '${process.execPath}' '${join(root, "dist/deroot.js")}' "$@"\n`, {
    mode: 0o755,
  });
  const variables = {
    PATH: `${folder}:${process.env.PATH}`,
    TERM: "screen-256color",
    LANG: "C.UTF-8",
    PS1: "$ ",
  };
  const shell = [
    "env",
    "-i",
    ...Object.entries(variables).map((pair) => pair.join("=")),
    "bash",
    "--norc",
    "--noprofile",
  ];
  tmux("-f", "/dev/null", "new-session", "-d", "-x", `${COLUMNS}`, "-y", `${ROWS}`, "-c", project, ...shell);
  tmux("set-option", "-g", "status", "off");
  tmux("resize-window", "-x", `${COLUMNS}`, "-y", `${ROWS}`);
  const screens = [];
  for (const [keys, wanted] of SCENES) {
    for (const key of keys) {
      tmux("send-keys", key);
      await wait(1500);
    }
    while (!tmux("capture-pane", "-p").includes(wanted)) await wait(100);
    screens.push(tmux("capture-pane", "-p", "-e"));
  }
  writeFileSync(join(root, "docs/review.svg"), svg(screens));
} finally {
  try {
    tmux("kill-server");
  } catch {
    // It never came up.
  }
  rmSync(folder, { recursive: true, force: true });
}

function svg(screens) {
  const [width, height] = [COLUMNS * CELL + 24, ROWS * LINE + 24];
  const total = screens.length * SECONDS;
  const share = 100 / screens.length;
  const frames = screens.map((screen, index) => {
    const lines = screen.split("\n").slice(0, ROWS);
    const codes = new Set();
    const text = lines.map((line, row) => lineOf(line, 12 + (row + 0.75) * LINE, codes)).join("");
    return `<g class="f" style="animation-delay:${index * SECONDS}s">${text}</g>\n`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="A review in the terminal: changes are accepted one by one, then written">
<style>
text{font:14px ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;white-space:pre;fill:#d4d4d4}
.f{opacity:0;animation:f ${total}s step-end infinite}
@keyframes f{0%{opacity:1}${share.toFixed(3)}%{opacity:0}}
@media (prefers-reduced-motion:reduce){.f{animation:none}.f:first-of-type{opacity:1}}
.b{font-weight:bold}.d{opacity:.6}.c31{fill:#f47067}.c32{fill:#6bc46d}.c33{fill:#daaa3f}.c34{fill:#6cb6ff}.c35{fill:#dcbdfb}.c36{fill:#56d4dd}
.i{fill:#1e1e1e}
</style>
<rect width="100%" height="100%" rx="8" fill="#1e1e1e"/>
${frames.join("")}</svg>
`;
}

/** One line of a screen; `codes` are the looks that are on, which go on from line to line. */
function lineOf(line, y, codes) {
  let column = 0;
  let back = "";
  const spans = [];
  // eslint-disable-next-line no-control-regex -- what a terminal sends
  for (const [, sgr, text] of line.matchAll(/\x1b\[([\d;]*)m|([^\x1b]+)/g)) {
    if (text === undefined) {
      for (const code of sgr.split(";").map(Number)) {
        if (code === 0) codes.clear();
        else if (code === 39) [...codes].filter((each) => each > 30).forEach((each) => codes.delete(each));
        else if (code < 40) codes.add(code);
      }
      continue;
    }
    const colour = [...codes].findLast((code) => code > 30);
    const inverse = codes.has(7);
    const classes = [codes.has(1) && "b", codes.has(2) && "d", inverse ? "i" : colour && `c${colour}`].filter(
      Boolean,
    );
    const x = (12 + column * CELL).toFixed(1);
    if (inverse)
      back += `<rect x="${x}" y="${(y - 13.5).toFixed(1)}" width="${(text.length * CELL).toFixed(1)}" height="${LINE}" fill="${BACK[colour] ?? "#d4d4d4"}"/>`;
    if (text.trim() !== "")
      spans.push(
        `<tspan x="${x}"${classes.length > 0 ? ` class="${classes.join(" ")}"` : ""} textLength="${(text.length * CELL).toFixed(1)}">${escaped(text)}</tspan>`,
      );
    column += text.length;
  }
  return spans.length === 0 ? "" : `${back}<text y="${y}">${spans.join("")}</text>`;
}

function escaped(text) {
  return text.replace(/[&<>]/g, (char) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;" })[char]);
}
