/**
 * Reads a .dockerignore as the builder does (moby/patternmatcher): patterns are rooted at the context, a
 * pattern that matches a directory matches what is in it, `!` takes back, the last match decides.
 * The returned function says whether the builder leaves a path (relative to the context) out.
 */
export function readDockerignore(text: string): (path: string) => boolean {
  const patterns = parse(text);
  if (patterns.length === 0) return () => false;
  /** Per directory, which patterns matched it, as the builder carries them down. */
  const known = new Map<string, readonly boolean[]>([["", patterns.map(() => false)]]);
  const verdict = (path: string, above: readonly boolean[]): { ignored: boolean; matched: boolean[] } => {
    let ignored = false;
    const matched = patterns.map(({ exclusion, matches }, index) => {
      // A pattern that could not change the answer is not asked, and hands nothing down.
      const match = above[index]! || (exclusion === ignored && matches(path));
      if (match) ignored = !exclusion;
      return match;
    });
    return { ignored, matched };
  };
  const matchedAt = (directory: string): readonly boolean[] => {
    const missing: string[] = [];
    for (let at = directory; !known.has(at); at = parentOf(at)) missing.push(at);
    for (const at of missing.reverse()) known.set(at, verdict(at, known.get(parentOf(at))!).matched);
    return known.get(directory)!;
  };
  return (path) => {
    const clean = cleanPath(path).replace(/^\//, "");
    return clean !== "" && clean !== "." && verdict(clean, matchedAt(parentOf(clean))).ignored;
  };
}

/** The ignore file of a Dockerfile: `<Dockerfile>.dockerignore` wins over `.dockerignore` of the context. */
export function dockerignoreCandidates(dockerfile: string, context: string): readonly string[] {
  return [`${dockerfile}.dockerignore`, context === "" ? ".dockerignore" : `${context}/.dockerignore`];
}

interface Pattern {
  readonly exclusion: boolean;
  matches(path: string): boolean;
}

function parse(text: string): Pattern[] {
  const patterns: Pattern[] = [];
  for (const line of text.replace(/^\uFEFF/, "").split("\n")) {
    if (patterns.length >= MOST_PATTERNS) break;
    if (line.startsWith("#")) continue;
    let pattern = line.trim();
    const exclusion = pattern.startsWith("!");
    if (exclusion) pattern = pattern.slice(1).trim();
    if (pattern === "" || pattern.length > LONGEST_PATTERN) continue;
    pattern = cleanPath(pattern);
    if (pattern.length > 1) pattern = pattern.replace(/^\//, "");
    // `.` and `/` name the context itself, which no path below it equals.
    if (pattern === "." || pattern === "/") continue;
    patterns.push({ exclusion, matches: compile(pattern) });
  }
  return patterns;
}

/** Go's filepath.Clean. */
function cleanPath(path: string): string {
  const rooted = path.startsWith("/");
  const names: string[] = [];
  for (const name of path.split("/")) {
    if (name === "" || name === ".") continue;
    if (name === ".." && names.length > 0 && names.at(-1) !== "..") names.pop();
    else if (name !== ".." || !rooted) names.push(name);
  }
  return (rooted ? "/" : "") + names.join("/") || ".";
}

function parentOf(path: string): string {
  const slash = path.lastIndexOf("/");
  return slash === -1 ? "" : path.slice(0, slash);
}

/**
 * One step of a pattern. `star` stays where it is; `enter` begins an optional `.*\/`, of which `inside` is the
 * `.*` that only a slash leaves.
 */
interface Step {
  readonly kind: "one" | "star" | "enter" | "inside";
  readonly accepts: (char: string) => boolean;
}

function compile(pattern: string): (path: string) => boolean {
  if (!/[*?[\]\\]/.test(pattern)) return (path) => path === pattern;
  const steps = stepsOf(pattern);
  if (steps === null) return () => false;
  const tail = literalTail(pattern);
  return (path) => path.endsWith(tail) && run(steps, path);
}

/** What stands behind the last wildcard: nearly every path ends in something else, and need not be walked through. */
function literalTail(pattern: string): string {
  const tail = /[^*?[\]\\]*$/.exec(pattern)![0];
  return pattern.endsWith(`**${tail}`) ? tail.replace(/^\//, "") : tail;
}

/** Null for a pattern that the builder rejects, such as an open `[`. */
function stepsOf(pattern: string): Step[] | null {
  // `**name` without another wildcard means "ends in name"; with one, the name begins behind a slash.
  const plainSuffix = /^\*\*[^/*?[\]\\][^*?[\]\\]*$/.test(pattern);
  const steps: Step[] = plainSuffix ? [{ kind: "star", accepts: anything }] : [];
  const chars = [...pattern];
  for (let at = plainSuffix ? 2 : 0; at < chars.length; at++) {
    const char = chars[at]!;
    if (char === "*" && chars[at + 1] === "*") {
      at += chars[at + 2] === "/" ? 2 : 1;
      if (at + 1 >= chars.length) steps.push({ kind: "star", accepts: anything });
      else steps.push({ kind: "enter", accepts: nothing }, { kind: "inside", accepts: anything });
    } else if (char === "*") {
      steps.push({ kind: "star", accepts: notSlash });
    } else if (char === "?") {
      steps.push({ kind: "one", accepts: notSlash });
    } else if (char === "[") {
      const close = closingBracket(chars, at);
      const accepts = close === -1 ? null : characterClass(chars.slice(at + 1, close));
      if (accepts === null) return null;
      steps.push({ kind: "one", accepts });
      at = close;
    } else {
      if (char === "\\" && at + 1 >= chars.length) return null;
      const literal = char === "\\" ? chars[++at]! : char;
      steps.push({ kind: "one", accepts: (other) => other === literal });
    }
  }
  return steps;
}

function closingBracket(chars: readonly string[], open: number): number {
  for (let at = open + 1; at < chars.length; at++) {
    if (chars[at] === "\\") at++;
    else if (chars[at] === "]") return at > open + 1 ? at : -1;
  }
  return -1;
}

/** Null where Go's filepath.Match calls the class malformed: a `-` that is no range. */
function characterClass(body: readonly string[]): ((char: string) => boolean) | null {
  const negated = body[0] === "^";
  const ranges: [string, string][] = [];
  let at = negated ? 1 : 0;
  const next = (): string | null => {
    if (body[at] === "-" || body[at] === undefined) return null;
    if (body[at] === "\\") at++;
    return body[at++] ?? null;
  };
  while (at < body.length) {
    const low = next();
    if (low === null) return null;
    if (body[at] === "-") {
      at++;
      const high = next();
      if (high === null) return null;
      ranges.push([low, high]);
    } else {
      ranges.push([low, low]);
    }
  }
  return (char) => ranges.some(([low, high]) => char >= low && char <= high) !== negated;
}

/** All steps that can be reached are followed at once: no pattern makes it slow. */
function run(steps: readonly Step[], path: string): boolean {
  let current = reach(steps, [0]);
  for (const char of path) {
    const next: number[] = [];
    for (const index of current) {
      const step = steps[index];
      if (!step?.accepts(char)) continue;
      if (step.kind !== "one") next.push(index);
      if (step.kind === "one" || (step.kind === "inside" && char === "/")) next.push(index + 1);
    }
    if (next.length === 0) return false;
    current = reach(steps, next);
  }
  return current.has(steps.length);
}

/** These steps and those that follow without a character. */
function reach(steps: readonly Step[], from: readonly number[]): Set<number> {
  const reached = new Set(from);
  for (const index of reached) {
    const kind = steps[index]?.kind;
    if (kind === "star" || kind === "enter") reached.add(index + 1);
    if (kind === "enter") reached.add(index + 2);
  }
  return reached;
}

const anything = (): boolean => true;
const nothing = (): boolean => false;
const notSlash = (char: string): boolean => char !== "/";
const MOST_PATTERNS = 2000;
const LONGEST_PATTERN = 1000;
