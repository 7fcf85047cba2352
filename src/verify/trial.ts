import { join } from "node:path";
import { mkdir } from "node:fs/promises";
import type { DockerfileRuns } from "../companions/run-evidence.ts";
import type { DiskTree } from "../file-tree/disk.ts";
import type { RewriteResult } from "../rewrite/types.ts";
import { alreadyThere } from "./already-there.ts";
import { buildImage, type Build, type Image } from "./build.ts";
import { compare, incomparable, lastWords, mayBeChance, unwritten } from "./compare.ts";
import { neededCapabilities } from "./capabilities.ts";
import { AS_IT_IS, type Rights } from "./container.ts";
import { legacyContext, rewrittenContext, type BuildContext, type ContextSource } from "./context.ts";
import type { Engine } from "./engine.ts";
import { EngineError } from "./errors.ts";
import { learn } from "./learn.ts";
import { fromBeside, fromInside, fromThisMachine, Looker } from "./look.ts";
import type { VerifyOptions } from "./options.ts";
import { composeArguments, planRun, type Plan } from "./plan.ts";
import type { Probe } from "./probe-syntax.ts";
import { Subject } from "./subject.ts";
import type { Finding, Observation, Verification } from "./types.ts";
import type { Workspace } from "./workspace.ts";

/** What a trial of one Dockerfile has shown. */
export type Outcome = Pick<Verification, "verdict"> &
  Partial<
    Pick<Verification, "reason" | "remedy" | "findings" | "notes" | "legacy" | "rewritten" | "learned">
  >;

/** One Dockerfile, built and run before and after. */
export class Trial {
  readonly #tree: DiskTree;
  readonly #result: RewriteResult;
  readonly #engine: Engine;
  readonly #workspace: Workspace;
  readonly #options: VerifyOptions;
  #plan!: Plan;
  #looker!: Looker;
  #subjects: Subject[] = [];
  /** Services that are built too, by name. */
  readonly #sideImages = new Map<string, string>();

  constructor(
    tree: DiskTree,
    result: RewriteResult,
    engine: Engine,
    workspace: Workspace,
    options: VerifyOptions,
  ) {
    this.#tree = tree;
    this.#result = result;
    this.#engine = engine;
    this.#workspace = workspace;
    this.#options = options;
  }

  async run(): Promise<Outcome> {
    this.#plan = await planRun(this.#tree, this.#tree.root, this.#result, this.#options);
    const { notes } = this.#plan.before;
    const [before, after] = await this.#build();
    if ("failure" in before) {
      const reason = `the legacy image does not build: ${before.failure.at(-1) ?? ""}`;
      return {
        verdict: "not comparable",
        reason,
        remedy: BUILD_REMEDY,
        notes: [...notes, ...before.failure.slice(0, -1)],
      };
    }
    if ("failure" in after) {
      const finding: Finding = {
        kind: "build",
        says: "The rewritten image does not build.",
        details: after.failure,
        run: null,
      };
      return { verdict: "different", findings: [finding], notes };
    }
    return this.#watch([before.image, after.image], () => this.#observe(before.image, after.image));
  }

  /** Runs the legacy image alone. */
  async learnOnly(): Promise<Partial<Outcome>> {
    this.#plan = await planRun(this.#tree, this.#tree.root, this.#result, this.#options);
    const [built] = await settled([this.#buildLegacy(), this.#buildSides()]);
    if ("failure" in built) return { notes: built.failure };
    return this.#watch([built.image], async () => {
      const legacy = this.#subject("legacy", built.image, AS_IT_IS);
      await legacy.start();
      await this.#question(legacy, built.image, this.#probesFor(legacy));
      const seen = await legacy.finish();
      return { legacy: seen, learned: await this.#learn(legacy, seen) };
    });
  }

  async #watch<T>(images: readonly Image[], action: () => Promise<T>): Promise<T> {
    const known = [...images.map(({ tag }) => tag), ...this.#plan.bases];
    this.#looker = new Looker([fromThisMachine, fromInside, fromBeside(known, this.#workspace.labels)]);
    try {
      return await action();
    } finally {
      for (const subject of this.#subjects) await subject.remove();
    }
  }

  async #learn(legacy: Subject, seen: Observation): Promise<DockerfileRuns | null> {
    if (!this.#options.learn || seen.refused !== null) return null;
    const runs = await learn(this.#result.dockerfile, legacy.container, seen, this.#plan.before.settings);
    if (!this.#options.capabilities || incomparable(seen) !== null) return runs;
    return { ...runs, capabilities: await this.#capabilities(legacy, seen) };
  }

  /** Runs the legacy image as root again, with fewer and fewer capabilities. */
  async #capabilities(legacy: Subject, seen: Observation): Promise<readonly string[] | null> {
    const held = new Set(seen.processes?.flatMap(({ uid, capabilities }) => (uid === 0 ? capabilities : [])));
    // Root may have ended or stepped down before anybody could look: it had what the engine gives to each.
    const granted = held.size > 0 ? [...held] : DEFAULT_CAPABILITIES;
    const probes = this.#probesFor(legacy);
    return neededCapabilities(granted, async (kept) => {
      this.#tell("learn", `with ${kept.length} capabilities`);
      // Low ports stay open: which ones it listens on is learned apart.
      const rights: Rights = { strict: false, user: null, capabilities: kept };
      const subject = this.#subject("bounded", seen.image, rights, true);
      if (seen.running) subject.hurry(allowance(legacy));
      await subject.start();
      if (!seen.running) await subject.waitForEnd();
      await subject.waitFor(legacy.listeners.map(({ port }) => port));
      await this.#question(subject, seen.image, probes);
      const now = await subject.finish();
      await subject.remove();
      const same = { control: null, mapped: (port: number) => port, present: new Set<string>(), home: null };
      const findings = compare({ legacy: seen, rewritten: now, ...same, stepsDown: true });
      return findings.every(({ kind }) => kind === "root" || kind === "capabilities");
    });
  }

  /** Both at a time: they share most layers, and the engine makes each only once. */
  async #build(): Promise<readonly [Build, Build]> {
    const rewritten = async (): Promise<Build> => {
      const folder = join(this.#workspace.folder, this.#workspace.name("context"));
      await mkdir(folder);
      return this.#buildFrom("rewritten", await rewrittenContext(this.#source, this.#result.files, folder));
    };
    const [before, after] = await settled([this.#buildLegacy(), rewritten(), this.#buildSides()]);
    return [before, after];
  }

  /** As they are: each Dockerfile is judged by itself. */
  async #buildSides(): Promise<void> {
    for (const { name, build } of this.#plan.before.sides) {
      if (!build) continue;
      const source = { root: this.#tree.root, context: build.context, dockerfile: build.dockerfile };
      const built = await this.#buildFrom(name, legacyContext(source), {
        ...this.#plan.build,
        target: build.target ?? undefined,
        args: composeArguments(build.args),
      });
      if ("failure" in built) {
        throw new EngineError(
          "failed",
          `${name}, which it depends on, does not build: ${built.failure.at(-1) ?? ""}`,
          BUILD_REMEDY,
        );
      }
      this.#sideImages.set(name, built.image.tag);
    }
  }

  #buildLegacy(): Promise<Build> {
    return this.#buildFrom("legacy", legacyContext(this.#source));
  }

  #buildFrom(role: string, context: BuildContext, options = this.#plan.build): Promise<Build> {
    return buildImage(this.#engine, {
      context: context.folder,
      dockerfile: context.dockerfile,
      tag: `${this.#workspace.name(role)}:verify`,
      labels: this.#workspace.labels,
      options,
      onProgress: (line) => this.#tell(`build ${role}`, line),
    });
  }

  get #source(): ContextSource {
    return { root: this.#tree.root, context: this.#plan.context, dockerfile: this.#result.dockerfile };
  }

  async #observe(before: Image, after: Image): Promise<Outcome> {
    const stepsDown = isRoot(after.user) && this.#options.rewrite?.strategy === "entrypoint";
    const capabilities = [...(stepsDown ? STEPPING_DOWN : []), ...this.#plan.fileCapabilities];
    const account: Rights = { strict: true, user: null, capabilities };
    const legacy = this.#subject("legacy", before, AS_IT_IS);
    const rewritten = this.#subject("rewritten", after, account);
    this.#tell("run", "legacy and rewritten");
    const start = async (): Promise<void> => {
      await legacy.start();
      if (legacy.running && legacy.listeners.length > 0) rewritten.hurry(allowance(legacy));
    };
    await settled([start(), rewritten.start()]);
    // One that ends makes the other a job too, that may only be slower.
    if (!rewritten.running) await legacy.waitForEnd();
    else if (!legacy.running) await rewritten.waitForEnd();
    this.#tell("compare", `${legacy.listeners.length} ports`);
    const probes = this.#probesFor(legacy);
    await this.#question(legacy, before, probes);
    const [first, now] = await settled([legacy.finish(), this.#finish(rewritten, legacy, after, probes)]);
    const seen = now.running ? first : await legacy.again(first);
    const notes = [...this.#plan.before.notes, ...legacy.missing];
    const learned = await this.#learn(legacy, seen);
    const reason = incomparable(seen);
    if (reason !== null) {
      return {
        verdict: "not comparable",
        reason,
        remedy: RUN_REMEDY,
        legacy: seen,
        learned,
        notes: [...notes, ...(seen.running ? [] : lastWords(seen).map((line) => `it said: ${line}`))],
      };
    }
    const observations = [now];
    if (this.#options.rewrite?.ownership === "group0") {
      const anybody = this.#subject("arbitrary", after, { ...account, user: ARBITRARY_USER });
      if (legacy.running && legacy.listeners.length > 0) anybody.hurry(allowance(legacy));
      await anybody.start();
      observations.push(await this.#finish(anybody, legacy, after, probes));
    }
    const missing = unwritten(seen, now, this.#result.account?.home ?? null);
    const present = await alreadyThere(missing, legacy, rewritten.container, this.#result.ports);
    const findings = await this.#judge(before, seen, observations, present, probes, stepsDown);
    return {
      verdict: findings.length === 0 ? "same" : "different",
      findings,
      legacy: seen,
      rewritten: observations,
      learned,
      notes: [...notes, ...notesOn(seen, now), ...byHand(findings, this.#result)],
    };
  }

  async #judge(
    image: Image,
    legacy: Observation,
    observations: readonly Observation[],
    present: ReadonlySet<string>,
    probes: readonly Probe[],
    stepsDown: boolean,
  ): Promise<Finding[]> {
    const { mapped } = this.#plan;
    const home = this.#result.account?.home ?? null;
    const judge = (control: Observation | null): Finding[] =>
      observations.flatMap((rewritten) =>
        compare({ legacy, rewritten, control, mapped, present, home, stepsDown }),
      );
    const findings = judge(null);
    // A second run of the legacy image is only worth its time where it can change the verdict.
    if (findings.length === 0 || !findings.every(mayBeChance)) return findings;
    const control = this.#subject("control", image, AS_IT_IS);
    await control.start();
    await control.waitFor((legacy.listeners ?? []).map(({ port }) => port));
    await this.#question(control, image, probes);
    return judge(await control.finish());
  }

  async #finish(
    subject: Subject,
    legacy: Subject,
    image: Image,
    probes: readonly Probe[],
  ): Promise<Observation> {
    const { mapped } = this.#plan;
    await subject.waitFor(
      legacy.listeners.filter(({ loopback }) => !loopback).map(({ port }) => mapped(port)),
    );
    const { settings } = this.#plan.after;
    await subject.ask(settings.healthcheck ?? image.healthcheck, probes, mapped);
    return subject.finish();
  }

  #question(subject: Subject, image: Image, probes: readonly Probe[]): Promise<void> {
    return subject.ask(this.#plan.before.settings.healthcheck ?? image.healthcheck, probes, (port) => port);
  }

  #subject(role: string, image: Image, rights: Rights, isLegacy = rights === AS_IT_IS): Subject {
    const { settings, sides } = isLegacy ? this.#plan.before : this.#plan.after;
    const asked = (this.#options.probes ?? []).flatMap((probe) =>
      probe.kind === "command" ? [] : [probe.port],
    );
    const legacyPorts = [...this.#plan.before.settings.ports, ...asked];
    const publish = isLegacy ? legacyPorts : [...settings.ports, ...legacyPorts.map(this.#plan.mapped)];
    const subject = new Subject({
      engine: this.#engine,
      workspace: this.#workspace,
      looker: this.#looker,
      role,
      image,
      settings,
      sides: sides.map((side) => ({ ...side, image: this.#sideImages.get(side.name) ?? side.image })),
      rights,
      publish: [...new Set([...image.exposed, ...publish])],
      patience: this.#patience,
      keep: this.#options.keep ?? false,
    });
    this.#subjects.push(subject);
    return subject;
  }

  /** What was asked for, and the root page of each port that nothing else asks. */
  #probesFor(legacy: Subject): Probe[] {
    const given = this.#options.probes ?? [];
    const asked = new Set(given.flatMap((probe) => (probe.kind === "command" ? [] : [probe.port])));
    const found = legacy.listeners
      .filter(({ port, protocol, loopback }) => protocol === "tcp" && !loopback && !asked.has(port))
      .map(({ port }): Probe => ({ kind: "http", method: "GET", port, path: "/" }));
    return [...given, ...found];
  }

  #tell(stage: string, line: string): void {
    this.#options.onProgress?.({ dockerfile: this.#result.dockerfile, stage, line });
  }

  get #patience(): number {
    return this.#options.patience ?? PATIENCE_MS;
  }
}

/** Waits for all of them even where one fails, so that nothing is still being made while it is cleaned up. */
async function settled<T extends readonly Promise<unknown>[]>(
  promises: readonly [...T],
): Promise<{ [K in keyof T]: Awaited<T[K]> }> {
  await Promise.allSettled(promises);
  return Promise.all(promises);
}

function notesOn(legacy: Observation, rewritten: Observation): string[] {
  const notes: string[] = [];
  if ([legacy, rewritten].some(({ running, listeners }) => running && listeners === null)) {
    notes.push("processes and ports could not be read: no shell in the images and no access to /proc");
  }
  for (const volume of new Set([...legacy.unseen, ...rewritten.unseen])) {
    notes.push(`what ${volume} holds was not compared: it is too much`);
  }
  if (legacy.running && rewritten.running && legacy.listeners?.length === 0) {
    notes.push(
      "it listens on no port, and was taken for a worker that does not end: --timeout watches it longer",
    );
  }
  for (const { probe, failure } of legacy.answers) {
    if (probe.kind === "http" && failure !== null) notes.push(`port ${probe.port}: ${failure}`);
  }
  return notes;
}

/** What deroot left to a person explains many a difference. */
function byHand(findings: readonly Finding[], { changes, advice }: RewriteResult): string[] {
  if (findings.length === 0) return [];
  const left = changes.filter(({ applicability }) => applicability === "manual");
  return [...left, ...advice].map(({ title }) => `the rewrite itself says: ${title}`);
}

/** How long an image may take that should do the same as one that is up. */
function allowance({ readyAfter }: Subject): number {
  return Math.max(LEAST_ALLOWANCE_MS, readyAfter * 4);
}

function isRoot(user: string): boolean {
  return /^(?:|0|root)(?::|$)/.test(user);
}

/** As OpenShift picks them. */
const ARBITRARY_USER = "1000690000:0";
/** What Docker gives to root; Podman gives less. */
const DEFAULT_CAPABILITIES = [
  ...["CHOWN", "DAC_OVERRIDE", "FOWNER", "SETGID", "SETUID", "NET_BIND_SERVICE", "KILL"],
  ...["FSETID", "SETPCAP", "NET_RAW", "SYS_CHROOT", "MKNOD", "AUDIT_WRITE", "SETFCAP"],
];
const STEPPING_DOWN = ["CHOWN", "DAC_OVERRIDE", "FOWNER", "SETGID", "SETUID"];
const PATIENCE_MS = 30_000;
const LEAST_ALLOWANCE_MS = 10_000;
const BUILD_REMEDY =
  "Build it by hand first; --build-arg, --target, --network and --secret go through to the builder.";
const RUN_REMEDY =
  "Give it what it needs with --env, --env-file or --mount, or a compose service that builds it.";
