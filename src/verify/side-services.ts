import { Container, AS_IT_IS } from "./container.ts";
import type { Engine } from "./engine.ts";
import { EngineError } from "./errors.ts";
import type { SideService } from "./settings.ts";
import { sleep } from "./sleep.ts";
import type { Workspace } from "./workspace.ts";

/** Starts what a container talks to, each under its names in a network of their own. */
export async function startSides(
  engine: Engine,
  workspace: Workspace,
  role: string,
  sides: readonly SideService[],
): Promise<{ readonly network: string; readonly containers: Container[] }> {
  const network = workspace.name(`${role}-network`);
  const labels = workspace.labels.flatMap((label) => ["--label", label]);
  await engine.text(["network", "create", ...labels, network]);
  const containers: Container[] = [];
  for (const side of sides) {
    const container = await Container.create(engine, {
      image: side.image,
      name: workspace.name(`${role}-${side.name}`),
      labels: workspace.labels,
      settings: side,
      rights: AS_IT_IS,
      publish: [],
      network,
      aliases: [...new Set([side.name, ...(side.aliases ?? [])])],
    });
    const refused = await container.start();
    if (refused !== null)
      throw new EngineError("failed", `${side.name} (${side.image}) did not start: ${refused}`);
    containers.push(container);
  }
  // Clients that do not try again are common; servers that need longer than this have clients that do.
  await sleep(SETTLE_MS);
  return { network, containers };
}

const SETTLE_MS = 1000;
