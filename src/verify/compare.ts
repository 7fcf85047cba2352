import { describeAnswer, meets, type Answer } from "./ask.ts";
import { describeProbe } from "./probe-syntax.ts";
import type { Finding, Observation } from "./types.ts";
import { isVolatile, leaves, withoutChance, type Written } from "./written.ts";
import { isInside } from "../analysis/index.ts";

export interface Comparison {
  readonly legacy: Observation;
  readonly rewritten: Observation;
  /** A second run of the legacy image: what differs between the two is chance. */
  readonly control: Observation | null;
  /** Where a port of the legacy image is found in the rewritten one. */
  readonly mapped: (port: number) => number;
  /** Directories that the legacy container makes and the rewritten image has from the start. */
  readonly present: ReadonlySet<string>;
  /** Where root's home has gone. */
  readonly home: string | null;
  /** The image starts as root on purpose and steps down by itself. */
  readonly stepsDown: boolean;
}

/** Why the legacy image is no measure for another; null when it is one. */
export function incomparable(legacy: Observation): string | null {
  if (legacy.refused !== null) return `the legacy image does not start: ${legacy.refused}`;
  if (!legacy.running && legacy.exitCode !== 0) {
    const last = lastLine(legacy);
    return `the legacy image stops by itself with exit code ${legacy.exitCode}${last === "" ? "" : `: ${last}`}`;
  }
  const wrong = legacy.answers.find((answer) => answer.failure === null && !meets(answer));
  if (wrong) return `the legacy image itself does not answer as the probe asks for: ${describeAnswer(wrong)}`;
  const silent = legacy.answers.find(({ probe, failure }) => failure !== null && hasExpectation(probe));
  if (silent) return `the legacy image itself does not answer a probe: ${describeAnswer(silent)}`;
  return null;
}

/** The end of what it said. */
export function lastWords({ stdout, stderr }: Observation): string[] {
  const all = lines(`${stdout}\n${stderr}`);
  const telling = all.filter((line) => !/^\s*at \S/.test(line)); // stack traces push out what they are about
  return (telling.length > 0 ? telling : all).slice(-LAST_LINES);
}

/** What a user of the image, or of its cluster, would notice. */
export function compare(comparison: Comparison): Finding[] {
  const { rewritten } = comparison;
  const run = rewritten.user;
  const drafts = [
    ...compareLife(comparison),
    ...compareRights(comparison),
    ...comparePorts(comparison),
    ...compareHealth(comparison),
    ...compareAnswers(comparison),
    ...compareLogs(comparison),
    ...compareFiles(comparison),
    ...compareVolumes(comparison),
  ];
  return drafts.map((draft) => ({ ...draft, run }));
}

/** Whether a second run of the legacy image could show that a difference is chance. */
export function mayBeChance({ kind }: Pick<Finding, "kind">): boolean {
  return kind === "output" || kind === "answer" || kind === "files" || kind === "health" || kind === "log";
}

type Draft = Omit<Finding, "run">;

function compareLife({ legacy, rewritten, control, mapped }: Comparison): Draft[] {
  if (rewritten.refused !== null) {
    return [{ kind: "start", says: "The rewritten image does not start.", details: [rewritten.refused] }];
  }
  const last = (): string[] => lastWords(rewritten);
  if (legacy.running && !rewritten.running) {
    const says = `The legacy image keeps running; the rewritten one stops with exit code ${rewritten.exitCode}.`;
    return [{ kind: "stopped", says, details: last() }];
  }
  if (!legacy.running && rewritten.running) {
    return [
      {
        kind: "stopped",
        says: "The legacy image ends by itself; the rewritten one does not.",
        details: last(),
      },
    ];
  }
  if (legacy.running) return [];
  if (legacy.exitCode !== rewritten.exitCode) {
    const says = `The legacy image ends with exit code ${legacy.exitCode}, the rewritten one with ${rewritten.exitCode}.`;
    return [{ kind: "exit-code", says, details: last() }];
  }
  const output = (each: Observation): string => masked(each.stdout, mapped);
  if (output(legacy) === output(rewritten)) return [];
  if (control && output(control) !== output(legacy)) return [];
  return [
    {
      kind: "output",
      says: "The job ends as before but prints something else.",
      details: firstDifference(legacy.stdout, rewritten.stdout),
    },
  ];
}

function compareRights({ rewritten, stepsDown }: Comparison): Draft[] {
  const findings: Draft[] = [];
  const processes = rewritten.processes ?? [];
  const root = processes.filter(({ uid }) => uid === 0);
  // A supervisor may stay root where the image steps down by itself; the processes that serve may not.
  if (root.length > 0 && (!stepsDown || root.length === processes.length)) {
    findings.push({
      kind: "root",
      says: `${root.length === 1 ? "A process runs" : `${root.length} processes run`} as root in the rewritten image.`,
      details: root.map(({ pid, command }) => `${pid}: ${command}`),
    });
  }
  const able = processes.filter(({ uid, capabilities }) => uid !== 0 && capabilities.length > 0);
  if (able.length > 0) {
    findings.push({
      kind: "capabilities",
      says: "Processes have capabilities that an unprivileged account does not need.",
      details: able.map(({ pid, command, capabilities }) => `${pid}: ${command}: ${capabilities.join(", ")}`),
    });
  }
  return findings;
}

function comparePorts({ legacy, rewritten, mapped }: Comparison): Draft[] {
  if (!rewritten.running || legacy.listeners === null || rewritten.listeners === null) return [];
  const findings: Draft[] = [];
  for (const { port, protocol, loopback, ipv6 } of legacy.listeners) {
    // A port that the kernel chose is another one each time.
    if (loopback && port >= FIRST_CHOSEN_PORT) continue;
    const wanted = mapped(port);
    const now = rewritten.listeners.find((each) => each.port === wanted && each.protocol === protocol);
    const name = `${port}/${protocol}${wanted === port ? "" : ` (now ${wanted})`}`;
    if (!now) {
      findings.push({ kind: "port", says: `Nothing listens on port ${name}.`, details: [] });
    } else if (now.loopback && !loopback) {
      findings.push({ kind: "port", says: `Port ${name} is only open inside the container.`, details: [] });
    } else if (ipv6 && !now.ipv6) {
      findings.push({ kind: "port", says: `Port ${name} is not open on IPv6 any more.`, details: [] });
    }
  }
  return findings;
}

function compareHealth({ legacy, rewritten, control }: Comparison): Draft[] {
  if (legacy.health?.code !== 0 || !rewritten.running || rewritten.health?.code === 0) return [];
  if (control && control.health?.code !== 0) return [];
  const details = rewritten.health
    ? [`exit code ${rewritten.health.code}`, ...lines(rewritten.health.output).slice(-3)]
    : [];
  return [{ kind: "health", says: "The health check fails.", details }];
}

function compareAnswers({ legacy, rewritten, control, mapped }: Comparison): Draft[] {
  if (!rewritten.running) return [];
  return legacy.answers.flatMap((before, index): Draft[] => {
    const after = rewritten.answers[index];
    const again = control?.answers[index];
    if (!after) return [];
    const same = (other: Answer | undefined): boolean =>
      other !== undefined &&
      other.status === before.status &&
      (other.failure === null) === (before.failure === null);
    if (!same(after)) {
      if (again && !same(again)) return [];
      const details = [`before: ${describeAnswer(before)}`, `now:    ${describeAnswer(after)}`];
      if (after.body !== "") details.push(...lines(after.body).slice(0, 3));
      return [{ kind: "answer", says: `${describeProbe(before.probe)} is answered otherwise.`, details }];
    }
    if (after.failure !== null) return [];
    if (!meets(after)) {
      const says = `${describeProbe(before.probe)} is not answered as the probe asks for.`;
      return [{ kind: "answer", says, details: lines(after.body).slice(0, 3) }];
    }
    if (before.varies || after.varies || hasExpectation(before.probe)) return [];
    if (before.probe.kind === "http" && !/^(?:GET|HEAD|OPTIONS)$/.test(before.probe.method)) return [];
    const text = (answer: Answer): string => masked(answer.body, mapped);
    if (text(before) === text(after) || (again && text(again) !== text(before))) return [];
    const details = firstDifference(before.body, after.body);
    return [
      { kind: "answer", says: `${describeProbe(before.probe)} is answered with other content.`, details },
    ];
  });
}

function compareLogs({ legacy, rewritten, control, mapped }: Comparison): Draft[] {
  const key = (line: string): string => withoutChance(masked(line, mapped));
  const known = new Set([...legacy.signs, ...(control?.signs ?? [])].map(({ line }) => key(line)));
  const fresh = rewritten.signs.filter(({ line }) => !known.has(key(line)));
  if (fresh.length === 0) return [];
  const details = [...new Set(fresh.map(({ line }) => line))].slice(0, LAST_LINES);
  return [{ kind: "log", says: "The log tells of missing rights.", details }];
}

/** Files that the legacy image wrote and the rewritten one does not, under any name it could have by now. */
function compareFiles({ legacy, rewritten, control, present, home }: Comparison): Draft[] {
  // One that has stopped writes nothing more; that it stopped says enough.
  if (!rewritten.running && legacy.running) return [];
  const missing = unwritten(legacy, rewritten, home).filter(
    (each) =>
      !present.has(each.path) &&
      (!control || control.written.some((other) => nameOf(other) === nameOf(each))),
  );
  if (missing.length === 0) return [];
  const verbs = { created: "made", changed: "changed", deleted: "deleted" };
  return [
    {
      kind: "files",
      says: "The legacy image writes files that the rewritten one does not.",
      details: missing.slice(0, MOST_FILES).map(({ path, kind }) => `${path} (${verbs[kind]})`),
    },
  ];
}

/** Texts in volumes that both wrote, each with other content. */
function compareVolumes({ legacy, rewritten, control, mapped, home }: Comparison): Draft[] {
  const moved = (text: string): string =>
    withoutChance(masked(text, mapped))
      .replaceAll(home ?? "/root", "/root")
      .replace(/\s+/g, " ");
  const differ = (before: Written, others: readonly Written[]): Written | undefined =>
    others.find(
      (now) => nameOf(now) === nameOf(before) && moved(now.text ?? "") !== moved(before.text ?? ""),
    );
  const details = legacy.written.flatMap((before) => {
    if (typeof before.text !== "string" || isVolatile(before.path)) return [];
    const now = differ(before, rewritten.written);
    if (typeof now?.text !== "string") return [];
    if (control && !control.written.some((each) => nameOf(each) === nameOf(before))) return [];
    if (control && differ(before, control.written)) return [];
    return [`${before.path}:`, ...firstDifference(before.text, now.text)];
  });
  if (details.length === 0) return [];
  return [{ kind: "files", says: "Volumes hold other content.", details: details.slice(0, MOST_FILES) }];
}

/** What the legacy container wrote and the rewritten one, by its list of changes, did not. */
export function unwritten(legacy: Observation, rewritten: Observation, home: string | null): Written[] {
  const moved = (path: string): string =>
    home !== null && isInside(path, "/root") ? home + path.slice("/root".length) : path;
  const now = new Set(rewritten.written.map(nameOf));
  // A pid file or a socket that was moved on purpose keeps its name.
  const bases = new Set([...now].map(baseOf));
  return leaves(legacy.written).filter(
    (each) =>
      !isVolatile(each.path) &&
      !now.has(nameOf(each)) &&
      !now.has(nameOf({ ...each, path: moved(each.path) })) &&
      !bases.has(baseOf(nameOf(each))),
  );
}

function nameOf({ path, kind }: Written): string {
  return (kind === "deleted" ? "-" : "") + withoutChance(path);
}

function baseOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

function hasExpectation(probe: Answer["probe"]): boolean {
  return probe.kind === "http" && (probe.status !== undefined || probe.contains !== undefined);
}

/** A text with what differs between any two containers taken out. */
function masked(text: string, mapped: (port: number) => number): string {
  return text
    .replace(/\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?:Z|[+-]\d\d:?\d\d)?/g, "<time>")
    .replace(/\b\d\d:\d\d:\d\d(?:[.,]\d+)?\b/g, "<time>")
    .replace(/\b[0-9a-f]{12,64}\b/g, "<id>")
    .replace(/:(\d{2,5})\b/g, (_, port: string) => `:${mapped(Number(port))}`);
}

function firstDifference(before: string, after: string): string[] {
  const [old, fresh] = [lines(before), lines(after)];
  const at = old.findIndex((line, index) => line !== fresh[index]);
  const index = at === -1 ? old.length : at;
  const show = (line: string | undefined): string => (line === undefined ? "(nothing)" : line.slice(0, 200));
  return [`before: ${show(old[index])}`, `now:    ${show(fresh[index])}`];
}

function lines(text: string): string[] {
  return (
    text
      // eslint-disable-next-line no-control-regex -- colours
      .replace(/\x1b\[[0-9;]*m/g, "")
      .replaceAll("\t", " ")
      .split(/\r?\n/)
      .filter((line) => line.trim() !== "")
  );
}

/** What says most about why it stopped: the last line that speaks of an error, or the last one. */
function lastLine({ stdout, stderr }: Observation): string {
  const all = [...lines(stdout), ...lines(stderr)];
  return (all.findLast((line) => COMPLAINT.test(line) && !/^\s*at /.test(line)) ?? all.at(-1) ?? "").trim();
}

const COMPLAINT =
  /error|exception|panic|fatal|fail|cannot|can't|could not|unable|not found|no such|not set|missing|required|denied|refused|invalid|usage:/i;
const FIRST_CHOSEN_PORT = 32768;
const LAST_LINES = 8;
const MOST_FILES = 20;
