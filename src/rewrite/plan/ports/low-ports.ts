import { type ImageModel, starts } from "../../../analysis/index.ts";
import type { Surroundings } from "../../../companions/index.ts";
import { stockListens } from "./stock.ts";
import { sourceListens } from "./source.ts";
import { OTHERS_PORT, PORT_VARIABLE } from "./variables.ts";

/** TCP ports that something says the container listens on, in order. */
export function listenedPorts(model: ImageModel, around: Surroundings): readonly number[] {
  const ports = new Set<number>();
  for (const exposed of model.final.exposed) if (exposed.protocol === "tcp") ports.add(exposed.port);
  for (const start of starts(model)) {
    for (const effects of start.effects) for (const listen of effects.listens) ports.add(listen.port);
  }
  for (const script of around.scripts) {
    for (const effects of script.effects) for (const listen of effects.listens) ports.add(listen.port);
  }
  for (const config of around.configs) {
    for (const site of config.ports)
      if (site.role === "listen" && site.protocol === "tcp")
        ports.add(told(model, site.variable ?? null) ?? site.port);
    // `listen ${NGINX_PORT};`: the variable's value is the port.
    for (const { variable } of config.open ?? []) ports.add(told(model, variable) ?? 0);
  }
  for (const { site, variable } of sourceListens(model, around))
    ports.add(told(model, variable) ?? site?.port ?? 0);
  for (const port of stockListens(model, around)) ports.add(port);
  for (const service of around.services) {
    for (const port of service.ports) if (port.protocol === "tcp") ports.add(port.target);
    for (const site of service.listens ?? []) ports.add(site.port);
  }
  for (const { container } of around.deployment.workloads) {
    for (const site of container.ports)
      if (site.role === "listen" && site.protocol === "tcp") ports.add(site.port);
  }
  return [...ports].filter((port) => port > 0).sort((a, b) => a - b);
}

/** The port that the image sets in a variable: with PORT=80, nobody listens on the 8080 of `PORT || 8080`. */
function told({ final }: ImageModel, variable: string | null): number | null {
  const set = variable === null ? undefined : final.env.get(variable);
  return set?.keyword === "ENV" && /^\d+$/.test(set.value ?? "") ? Number(set.value) : null;
}

/** Files beside the Dockerfile that tell the server a port below 1024. */
export function listeningFiles(model: ImageModel, around: Surroundings): ReadonlySet<string> {
  const sites = [
    ...around.configs
      .flatMap((config) => config.ports)
      .filter(({ role, protocol }) => role === "listen" && protocol === "tcp"),
    ...around.scripts.flatMap(({ file, effects }) =>
      effects.flatMap(({ listens }) => listens.map(({ port }) => ({ path: file, port }))),
    ),
    ...sourceListens(model, around).flatMap(({ site }) => site ?? []),
  ];
  return new Set(sites.filter(({ port }) => port < 1024).map(({ path }) => path));
}

/** UDP ports below 1024 that EXPOSE or a configuration names, in order. */
export function lowUdpPorts(model: ImageModel, around: Surroundings): readonly number[] {
  const named = [
    ...model.final.exposed,
    ...around.configs.flatMap(({ ports }) => ports.filter(({ role }) => role === "listen")),
  ];
  const low = named.filter(({ port, protocol }) => protocol === "udp" && port > 0 && port < 1024);
  return [...new Set(low.map(({ port }) => port))].sort((a, b) => a - b);
}

/** Ports that are no longer free: what the image and the other containers of its pods listen on. */
export function takenPorts(model: ImageModel, around: Surroundings): Set<number> {
  const taken = new Set(listenedPorts(model, around));
  for (const exposed of model.final.exposed) taken.add(exposed.port);
  for (const port of portVariables(model, around)) taken.add(port);
  for (const { workload } of around.deployment.workloads) {
    for (const container of workload.containers) for (const site of container.ports) taken.add(site.port);
  }
  return taken;
}

/** What `PORT=8080` tells some process of the container, be it in the image or where that is run. */
function portVariables(model: ImageModel, around: Surroundings): number[] {
  const set = [
    ...[...model.final.env].map(([name, { value }]) => ({ name, value })),
    ...around.services.flatMap(({ environment }) => environment),
    ...around.deployment.workloads.flatMap(({ container }) => container.environment),
    ...around.envFiles.flatMap(({ variables }) => variables),
  ];
  return set.flatMap(({ name, value }) =>
    PORT_VARIABLE.test(name) && !OTHERS_PORT.test(name) && /^\d+$/.test(value ?? "") ? [Number(value)] : [],
  );
}
