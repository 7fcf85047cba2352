import { ask, mayComeYet, meets, type Answer } from "./ask.ts";
import type { Image } from "./build.ts";
import { AS_IT_IS, Container, type ContainerState, type Rights } from "./container.ts";
import type { Engine } from "./engine.ts";
import { checkHealth } from "./health.ts";
import { readLog } from "./log-phrases.ts";
import { isBusy, type Look, type Looker } from "./look.ts";
import type { Probe } from "./probe-syntax.ts";
import { Surroundings } from "./side-services.ts";
import type { RunSettings, SideService } from "./settings.ts";
import type { Observation } from "./types.ts";
import type { Workspace } from "./workspace.ts";
import { sameFile } from "./tar.ts";
import { volumeChanges } from "./volume.ts";
import { isVolatile, readDiff, type Written } from "./written.ts";
import { sleep } from "./sleep.ts";

export interface SubjectRequest {
  readonly engine: Engine;
  readonly workspace: Workspace;
  readonly looker: Looker;
  /** `legacy`, `rewritten`: part of the container's name. */
  readonly role: string;
  readonly image: Image;
  readonly settings: RunSettings;
  readonly sides: readonly SideService[];
  readonly rights: Rights;
  readonly publish: readonly number[];
  /** How long it may take to come up, in milliseconds. */
  readonly patience: number;
  readonly keep: boolean;
}

/** One container under observation, from its start to its end. */
export class Subject {
  readonly #request: SubjectRequest;
  #container!: Container;
  #refused: string | null = null;
  #state!: ContainerState;
  #look: Look | null = null;
  #answers: Answer[] = [];
  #health: Observation["health"] = null;
  #readyAfter = 0;
  #surroundings: Surroundings | null = null;
  #started = 0;
  #patience: number;
  readonly #unseen: string[] = [];
  readonly #originals = new Map<string, Buffer>();

  constructor(request: SubjectRequest) {
    this.#request = request;
    this.#patience = request.patience;
  }

  get container(): Container {
    return this.#container;
  }

  get state(): ContainerState {
    return this.#state;
  }

  /** A file that it changed as the image has it, as an archive. */
  original(path: string): Buffer | null {
    return this.#originals.get(path) ?? null;
  }

  get running(): boolean {
    return this.#refused === null && this.#state.running;
  }

  /** What was not to be had around it. */
  get missing(): readonly string[] {
    return this.#surroundings?.missing ?? [];
  }

  get listeners(): Look["listeners"] {
    return this.#look?.listeners ?? [];
  }

  /** Starts it and waits until it listens, ends, or has been given enough time. */
  async start(): Promise<void> {
    const { engine, workspace, looker, role, image, settings, sides, rights, publish } = this.#request;
    if (sides.length > 0) {
      this.#surroundings = new Surroundings(engine, workspace, looker, role);
      await this.#surroundings.start(sides);
    }
    this.#container = await Container.create(engine, {
      image: image.tag,
      name: workspace.name(role),
      labels: workspace.labels,
      settings,
      rights,
      publish,
      network: this.#surroundings?.network ?? null,
    });
    this.#started = Date.now();
    this.#refused = await this.#container.start(settings.copies);
    this.#state = await this.#container.state();
    if (this.#refused === null) await this.#untilUp(new Set(image.exposed));
    this.#readyAfter = Date.now() - this.#started;
  }

  get readyAfter(): number {
    return this.#readyAfter;
  }

  /** It may take no longer than this from its start, in milliseconds: another like it was up long before. */
  hurry(patience: number): void {
    this.#patience = Math.min(this.#patience, patience);
  }

  /** Goes on waiting for ports that it should listen on, because the other one does. */
  async waitFor(ports: readonly number[]): Promise<void> {
    const lacks = (): boolean => ports.some((port) => !this.listeners.some((each) => each.port === port));
    while (this.running && lacks() && Date.now() < this.#started + this.#patience) {
      await sleep(POLL_MS);
      await this.#refresh();
    }
  }

  /** Goes on waiting for the end of what has ended in the other one. */
  async waitForEnd(): Promise<void> {
    while (this.running && this.listeners.length === 0 && Date.now() < this.#started + this.#patience) {
      await sleep(POLL_MS);
      await this.#refresh();
    }
  }

  async ask(
    healthcheck: readonly string[] | null,
    probes: readonly Probe[],
    mapped: (port: number) => number,
  ): Promise<void> {
    if (!this.running) return;
    if (healthcheck !== null) {
      this.#health = await checkHealth(this.#container, this.#request.image, healthcheck, COMING_MS);
    }
    for (const probe of probes) this.#answers.push(await this.#askPatiently(probe, mapped));
  }

  /** Takes stock and removes it. */
  async finish(): Promise<Observation> {
    const hold = this.#started + HOLD_MS - Date.now();
    if (this.running && hold > 0) await sleep(hold);
    // The last look is at a container that still runs; one that has ended is seen as it last was.
    await this.#refresh();
    const written = await this.#written();
    // Last of all: an engine keeps what a container says a moment later than the container says it.
    const { stdout, stderr } = await this.#container.logs();
    return {
      user: this.#request.rights.user ?? (this.#request.image.user || "root"),
      image: this.#request.image,
      refused: this.#refused,
      running: this.running,
      exitCode: this.#refused === null ? this.#state.exitCode : null,
      processes: this.#look?.processes ?? null,
      listeners: this.#look?.listeners ?? null,
      health: this.#health,
      answers: this.#answers,
      stdout,
      stderr,
      signs: readLog([this.#refused ?? "", stderr, stdout].join("\n")),
      written,
      unseen: this.#unseen,
      readyAfter: this.#readyAfter,
    };
  }

  /** An observation as it would be now: what was running then may have stopped since. */
  async again(before: Observation): Promise<Observation> {
    if (!before.running) return before;
    const { running, exitCode } = await this.#container.state();
    if (running) return before;
    const { stdout, stderr } = await this.#container.logs();
    return { ...before, running, exitCode, stdout, stderr };
  }

  async remove(): Promise<void> {
    if (this.#request.keep) return;
    await this.#container?.remove();
    await this.#surroundings?.remove();
  }

  /** What it changed, without files whose time is all that changed. */
  async #written(): Promise<Written[]> {
    const { image, settings } = this.#request;
    const volumes = [...new Set([...image.volumes, ...settings.volumes])];
    const engines = new Set([...volumes, ...settings.tmpfs]);
    const all = readDiff(await this.#container.diff()).filter(({ path }) => !engines.has(path));
    const suspects = all
      .filter(({ path, kind }) => kind === "changed" && !isVolatile(path))
      .slice(0, MOST_SUSPECTS);
    if (suspects.length === 0 && volumes.length === 0) return all;
    const touched = new Set<string>();
    const pristine = await this.#pristine();
    for (const { path } of suspects) {
      const [before, after] = [await pristine.archive(path), await this.#container.archive(path)];
      if (before) this.#originals.set(path, before);
      if (before && after && sameFile(before, after)) touched.add(path);
    }
    const written = all.filter(({ path }) => !touched.has(path));
    for (const volume of volumes) {
      const after = await this.#container.archive(volume);
      if (after) written.push(...volumeChanges(volume, await pristine.archive(volume), after));
      else this.#unseen.push(volume);
    }
    await pristine.remove();
    return written;
  }

  /** The image as it is before anything runs. */
  #pristine(): Promise<Container> {
    const { engine, workspace, role, image } = this.#request;
    return Container.create(engine, {
      image: image.tag,
      name: workspace.name(`${role}-pristine`),
      labels: workspace.labels,
      // It is never started, but an image without a command is not taken without one.
      settings: { entrypoint: ["none"] },
      rights: AS_IT_IS,
      publish: [],
      network: null,
    });
  }

  async #refresh(): Promise<void> {
    this.#state = await this.#container.state();
    if (!this.running) return;
    const look = await this.#request.looker.look(this.#container, this.#state);
    if (look && look.processes.length > 0) this.#look = look;
  }

  async #untilUp(expected: ReadonlySet<number>): Promise<void> {
    let seen = "";
    let since = Date.now();
    let pulse = { at: Date.now(), activity: null as Look["activity"] | null };
    let busyUntil = 0;
    for (;;) {
      await this.#refresh();
      if (!this.running) return;
      const ports = this.listeners.map(({ port }) => port);
      const now = Date.now();
      if (ports.join() !== seen) {
        seen = ports.join();
        since = now;
      }
      const complete = expected.size > 0 && [...expected].every((port) => ports.includes(port));
      if (ports.length > 0 && now - since >= (complete ? CALM_MS : UNSURE_MS)) return;
      if (now - pulse.at >= PULSE_MS) {
        const activity = this.#look?.activity ?? null;
        if (isBusy(pulse.activity, activity, now - pulse.at)) busyUntil = now + REST_MS;
        pulse = { at: now, activity };
      }
      // Nothing says that it will ever listen: a job as long as it is at work, a worker once it rests.
      const mayBeWorker = expected.size === 0 && now > busyUntil;
      const limit = mayBeWorker
        ? Math.min(this.#patience, Math.max(WORKER_MS, this.#patience / 3))
        : this.#patience;
      if (now - this.#started >= limit) return;
      await sleep(POLL_MS);
    }
  }

  async #askPatiently(probe: Probe, mapped: (port: number) => number): Promise<Answer> {
    const end = Date.now() + COMING_MS;
    for (;;) {
      const answer = await ask(this.#container, this.#state, probe, mapped);
      const again = mayComeYet(answer) || (!meets(answer) && probe.kind === "http" && probe.method === "GET");
      if (!again || Date.now() > end) return answer;
      this.#state = await this.#container.state();
      if (!this.running) return answer;
      await sleep(POLL_MS * 2);
    }
  }
}

const POLL_MS = 150;
/** All expected ports are there, and nothing has changed for so long. */
const CALM_MS = 400;
/** Some ports are there, but nobody knows whether these are all. */
const UNSURE_MS = 1500;
/** How long something without ports is watched at least, and how long it must have been at rest by then. */
const WORKER_MS = 10_000;
const REST_MS = 3000;
const PULSE_MS = 1000;
/** How long a server may be behind its port. */
const COMING_MS = 5000;
/** How long each container is kept running at least. */
const HOLD_MS = 2500;
const MOST_SUSPECTS = 30;
