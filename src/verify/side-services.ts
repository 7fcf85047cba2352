import { inspectImage, type Image } from "./build.ts";
import { Container, AS_IT_IS } from "./container.ts";
import type { Engine } from "./engine.ts";
import { endsRun, EngineError } from "./errors.ts";
import { checkHealth } from "./health.ts";
import type { Looker } from "./look.ts";
import type { SideService } from "./settings.ts";
import { sleep } from "./sleep.ts";
import type { Workspace } from "./workspace.ts";

/** What a container talks to: containers under their names in a network of their own. */
export class Surroundings {
  readonly network: string;
  readonly #engine: Engine;
  readonly #workspace: Workspace;
  readonly #looker: Looker;
  readonly #role: string;
  readonly #containers: Container[] = [];
  /** Sentences on those that are not there. */
  readonly missing: string[] = [];

  constructor(engine: Engine, workspace: Workspace, looker: Looker, role: string) {
    this.#engine = engine;
    this.#workspace = workspace;
    this.#looker = looker;
    this.#role = role;
    this.network = workspace.name(`${role}-network`);
  }

  /**
   * Starts one after the other, each when those before it are ready.
   * @throws {EngineError} for one that does not start, or ends with a failure.
   */
  async start(sides: readonly SideService[]): Promise<void> {
    const labels = this.#workspace.labels.flatMap((label) => ["--label", label]);
    await this.#engine.text(["network", "create", ...labels, this.network]);
    for (const side of sides) {
      try {
        await this.#startOne(side);
      } catch (error) {
        if (!side.optional || !(error instanceof EngineError) || endsRun(error)) throw error;
        this.missing.push(
          `${side.name}, which its compose file starts beside it, was left out: ${error.message}`,
        );
      }
    }
  }

  async remove(): Promise<void> {
    for (const container of this.#containers) await container.remove();
    await this.#engine.call(["network", "rm", this.network], { always: true });
  }

  async #startOne(side: SideService): Promise<void> {
    const container = await Container.create(this.#engine, {
      image: side.image,
      name: this.#workspace.name(`${this.#role}-${side.name}`),
      labels: this.#workspace.labels,
      settings: side,
      rights: AS_IT_IS,
      publish: [],
      network: this.network,
      aliases: [...new Set([side.name, ...(side.aliases ?? [])])],
    });
    this.#containers.push(container);
    const refused = await container.start(side.copies);
    if (refused !== null) throw failed(side, `does not start: ${refused}`);
    await this.#untilReady(side, container, await inspectImage(this.#engine, side.image));
  }

  async #untilReady(side: SideService, container: Container, image: Image): Promise<void> {
    const test = side.healthcheck ?? image.healthcheck;
    if (side.until === "healthy" && test !== null) {
      const { code, output } = await checkHealth(container, image, test, PATIENCE_MS);
      if (code !== 0) throw failed(side, `does not become healthy: ${output}`);
      return;
    }
    const servesPorts = image.exposed.length > 0 || (side.ports ?? []).length > 0;
    const patience = side.until === "completed" ? PATIENCE_MS : servesPorts ? LISTENS_MS : SETTLE_MS;
    for (const end = Date.now() + patience; ;) {
      const state = await container.state();
      if (state.exitCode === 0) return;
      if (!state.running) {
        const { stdout, stderr } = await container.logs();
        const last = `${stdout}\n${stderr}`.trim().split("\n").at(-1) ?? "";
        throw failed(side, `ends with exit code ${state.exitCode}: ${last}`);
      }
      const look = side.until === "completed" ? null : await this.#looker.look(container, state);
      if (look?.listeners.some(({ loopback }) => !loopback)) return;
      // One that takes longer than this has clients that try again.
      if (Date.now() > end) break;
      await sleep(POLL_MS);
    }
    if (side.until === "completed") throw failed(side, "does not end");
  }
}

function failed({ name, image }: SideService, what: string): EngineError {
  return new EngineError(
    "failed",
    `${name} (${image}), which it depends on, ${what}`,
    "Start it with `docker compose up` first to see what it lacks.",
  );
}

const POLL_MS = 250;
const PATIENCE_MS = 60_000;
const LISTENS_MS = 15_000;
const SETTLE_MS = 1500;
