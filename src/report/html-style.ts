/** The looks of the HTML report. */
export const CSS = `
:root { --ink: #1c2430; --quiet: #5b6675; --paper: #fbfbf9; --card: #fff; --line: #e2e4e0;
  --green: #1a7f4b; --green-soft: #e3f5ea; --red: #b3362c; --red-soft: #fdeae7;
  --amber: #8a5a00; --amber-soft: #fdf1d8; --blue: #2456a6; --grey-soft: #eef0ef; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #dfe5ec; --quiet: #94a0af; --paper: #12161c; --card: #1a2028; --line: #2c343f;
    --green: #6fd39b; --green-soft: #17352a; --red: #f0897e; --red-soft: #3d2222;
    --amber: #e9bd66; --amber-soft: #3a2e16; --blue: #8db4f2; --grey-soft: #262e38; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink);
  font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
header, main, footer { max-width: 62rem; margin: 0 auto; padding: 0 1.25rem; }
header { padding-top: 2.5rem; } header p { margin: 0; color: var(--quiet); }
h1 { margin: 0; font-size: 1.9rem; letter-spacing: -.02em; }
h2 { margin: 0 0 .4rem; font-size: 1.1rem; overflow-wrap: anywhere; }
h3 { margin: 0; font-size: .95rem; } p { margin: .3rem 0; } a { color: var(--blue); }
code, pre { font: .875em/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
code { overflow-wrap: anywhere; } .quiet { color: var(--quiet); }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(6rem, 1fr)); gap: .75rem; padding: 0; list-style: none; }
.tiles li { padding: .7rem 1rem; background: var(--card); border: 1px solid var(--line);
  border-radius: .6rem; color: var(--quiet); }
.tiles b { display: block; font-size: 1.6rem; line-height: 1.2; color: var(--ink); }
.tiles .rewritten b { color: var(--green); } .tiles .declined b { color: var(--amber); }
.tiles .failed b { color: var(--red); } .tiles .none b { color: var(--quiet); }
.scroll { overflow-x: auto; } table { width: 100%; border-collapse: collapse; }
th, td { padding: .45rem .6rem; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); }
td code { overflow-wrap: break-word; } th { font-size: .8rem; color: var(--quiet); font-weight: 600; }
section { margin: 1.5rem 0; padding: 1.1rem 1.25rem; background: var(--card); border: 1px solid var(--line);
  border-radius: .7rem; }
.badge, .tag { display: inline-block; padding: 0 .5em; border-radius: 1em; font-size: .78rem; font-weight: 600;
  background: var(--grey-soft); color: var(--quiet); vertical-align: .08em; }
.badge.rewritten, .tag.safe { background: var(--green-soft); color: var(--green); }
.badge.declined, .tag.likely { background: var(--amber-soft); color: var(--amber); }
.badge.failed { background: var(--red-soft); color: var(--red); }
.changes { padding-left: 1.4rem; } .changes > li { margin: .6rem 0; } .changes ul { padding-left: 1.1rem; font-size: .92rem; }
.advice { margin: .8rem 0; padding: .7rem 1rem; border-left: 3px solid var(--amber); background: var(--amber-soft);
  border-radius: 0 .5rem .5rem 0; } .advice ul { margin: .3rem 0 0; padding-left: 1.1rem; }
details { margin-top: .8rem; border: 1px solid var(--line); border-radius: .5rem; overflow: hidden; }
summary { padding: .4rem .8rem; cursor: pointer; background: var(--grey-soft); }
pre { margin: 0; padding: .5rem 0; overflow-x: auto; } pre span { display: block; width: max-content; min-width: 100%;
  padding: 0 .8rem; white-space: pre; }
.added { background: var(--green-soft); color: var(--green); } .removed { background: var(--red-soft); color: var(--red); }
.hunk { color: var(--blue); } .meta { color: var(--quiet); }
footer { padding-bottom: 2.5rem; font-size: .85rem; color: var(--quiet); }
@media print { body { background: none; } section { break-inside: avoid; } }
`;
