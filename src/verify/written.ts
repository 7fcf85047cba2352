/** What a container changed in its files, told by `diff` of the engine. */

export interface Written {
  readonly path: string;
  readonly kind: "created" | "changed" | "deleted";
  /** What a short text in a volume holds; else null, or left out. */
  readonly text?: string | null;
}

/** Reads `A /path`, `C /path`, `D /path`; directories that only changed because of what is in them are left out. */
export function readDiff(text: string): Written[] {
  const all = text.split("\n").flatMap((line) => {
    const [, letter, path] = /^([ACD]) (\/.*)$/.exec(line.trimEnd()) ?? [];
    return letter === undefined ? [] : [{ path: path!, kind: KINDS[letter as keyof typeof KINDS] }];
  });
  const parents = new Set<string>();
  for (const { path } of all) for (let at = parentOf(path); at !== ""; at = parentOf(at)) parents.add(at);
  return all
    .filter(({ path, kind }) => !(kind === "changed" && parents.has(path)))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** Paths that say nothing about what the app needs: anybody may write there, or nobody misses them. */
export function isVolatile(path: string): boolean {
  return VOLATILE.some((pattern) => pattern.test(path));
}

/** What is left when nothing else was written below it. */
export function leaves(written: readonly Written[]): Written[] {
  const parents = new Set<string>();
  for (const { path } of written) for (let at = parentOf(path); at !== ""; at = parentOf(at)) parents.add(at);
  return written.filter(({ path }) => !parents.has(path));
}

/** A name with what differs from run to run taken out: process ids, times, random parts. */
export function withoutChance(path: string): string {
  return withoutRandom(path).replace(/\d{2,}/g, "*");
}

/** A name with what is random for certain taken out. */
export function withoutRandom(path: string): string {
  return path
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi, "*")
    .replace(/\d{4}-\d\d-\d\d(?:[T_]\d\d[_:-]?\d\d[_:-]?\d\d(?:[_.]\d+)?Z?)?/g, "*")
    .replace(/\b(?=[a-f]*\d)[0-9a-f]{12,}\b/gi, "*");
}

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/"));
}

const KINDS = { A: "created", C: "changed", D: "deleted" } as const;

const VOLATILE = [
  /^\/(?:tmp|var\/tmp|dev|proc|sys)(?:\/|$)/,
  /^\/run\/(?:secrets|lock|\.containerenv)(?:\/|$)/,
  // The engine's own.
  /^\/etc\/(?:hosts|hostname|resolv\.conf|mtab)$/,
  // Bytecode is written where it can be and made anew where it cannot.
  /\/__pycache__(?:\/|$)|\.py[co]$/,
  /\/\.(?:bash|ash|sh|python|node_repl|lesshst|psql)_?history$/,
];
