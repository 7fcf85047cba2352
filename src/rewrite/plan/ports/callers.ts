import type { ImageModel } from "../../../analysis/index.ts";
import {
  type EnvFile,
  healthcheckCommands,
  type LoopbackSite,
  loopbackSites,
  placeKey,
  type Surroundings,
} from "../../../companions/index.ts";
import { lineAt } from "../line-at.ts";
import { type Contract, portsIn } from "./contract.ts";

interface Said {
  /** Where it is not the service's own file. */
  readonly path?: string;
  readonly start: number;
  readonly line: number;
  readonly says: string;
}

type Service = Surroundings["services"][number];

/** Follows the port to everybody who calls it: EXPOSE, HEALTHCHECK, scripts, compose, Kubernetes, proxies. */
export function changeCallers(
  contract: Contract,
  model: ImageModel,
  around: Surroundings,
  path: string,
): void {
  exposed(contract, model, path);
  healthcheck(contract, model, path);
  scripts(contract, around);
  ownConfigs(contract, around);
  for (const service of around.services) composeService(contract, service, around.shared);
  for (const file of around.envFiles) envFile(contract, around, file);
  for (const service of around.parents) parentService(contract, service);
  deployment(contract, around);
}

function exposed(contract: Contract, model: ImageModel, path: string): void {
  let says = false;
  for (const { port, protocol, variable, start, end, instruction } of model.final.exposed) {
    if (port !== contract.from || protocol !== "tcp") continue;
    says = true;
    if (variable === null) contract.digits(path, start, end);
    else if (!contract.variables.has(variable))
      contract.cannot({ path, line: instruction.line, says: `EXPOSE $${variable}` });
  }
  for (const { instruction } of model.steps) {
    if (instruction.keyword !== "EXPOSE") continue;
    for (const { raw, start, end } of instruction.words) {
      const text = withoutPort(raw, contract.from, contract.to);
      if (text === null) continue;
      says = true;
      contract.edit({ path, start, end, text });
    }
  }
  if (says) contract.exposesNew = false;
}

/** `80-82` without its 80 is `8080 81-82`; null where the word is no range or the port is not in it. */
function withoutPort(range: string, from: number, to: number): string | null {
  const [, low, high, protocol = ""] = /^(\d+)-(\d+)(\/tcp)?$/i.exec(range) ?? [];
  if (low === undefined || from < Number(low) || from > Number(high)) return null;
  const parts = [
    [Number(low), from - 1],
    [to, to],
    [from + 1, Number(high)],
  ] as const;
  const left = parts
    .filter(([first, last]) => first <= last)
    .map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`));
  return [left.find((part) => part === `${to}`)!, ...left.filter((part) => part !== `${to}`)]
    .map((part) => part + protocol)
    .join(" ");
}

function healthcheck(contract: Contract, model: ImageModel, path: string): void {
  const { instruction } = model.final.healthcheck ?? {};
  if (!instruction) return;
  for (const site of loopbackSites(healthcheckCommands(instruction))) {
    loopback(contract, path, instruction.line, site);
  }
}

/** `until curl localhost; do …` in an entrypoint, and scripts that a HEALTHCHECK runs. */
function scripts(contract: Contract, around: Surroundings): void {
  for (const { file, text, script } of [...around.scripts, ...around.healthScripts]) {
    for (const site of loopbackSites(script.commands)) {
      loopback(contract, file, lineAt(text, site.start), site);
    }
  }
}

function loopback(contract: Contract, path: string, line: number, site: LoopbackSite): void {
  if (site.port !== contract.from) return;
  if (site.variable === undefined)
    contract.site({ path, line, protocol: "tcp", role: "reach", kind: "shell", ...site });
  else if (!contract.variables.has(site.variable)) contract.cannot({ path, line, says: site.says });
}

/** A proxy in the image that hands on to the port in the same container; what it reaches elsewhere stays. */
function ownConfigs(contract: Contract, around: Surroundings): void {
  for (const config of around.configs) {
    for (const site of config.ports) {
      if (site.role !== "reach" || site.port !== contract.from || site.protocol !== "tcp") continue;
      if (/^(localhost|127\.\d+\.\d+\.\d+|::1)$/.test(site.host ?? "")) contract.site(site);
    }
    for (const open of config.open ?? []) {
      if (open.variable !== null && contract.variables.has(open.variable)) continue;
      contract.cannot({ path: config.path, line: open.line, says: open.says });
    }
    if (config.problem)
      contract.cannot({ path: config.path, line: config.problem.line, says: config.problem.message });
  }
}

function composeService(contract: Contract, service: Service, shared: ReadonlySet<string>): void {
  const { from } = contract;
  /** What an anchor says for other services too cannot be changed for this one. */
  const own = (place: Said, kind: "own" | "reached" = "own"): boolean => {
    const path = place.path ?? file;
    if (!shared.has(placeKey(path, place.start, kind))) return true;
    contract.cannot({ path, line: place.line, says: `${place.says}, for other services too` });
    return false;
  };
  const { file, name } = service;
  if (service.networkMode === "host")
    contract.cannot({ path: file, line: service.line, says: `${name} uses the host's network` });
  for (const port of service.ports) {
    const last = port.targetEnd ?? port.target;
    if (port.protocol !== "tcp" || from < port.target || from > last) continue;
    const says = `${name} publishes ${from}`;
    if (last !== port.target) contract.cannot({ path: file, line: port.line, says: `${says} in a range` });
    else if (own({ ...port, says })) {
      contract.digits(file, port.start, port.end);
      if (port.variable !== undefined) contract.variables.add(port.variable);
      const host =
        port.published === null ? "Docker still chooses the host's port" : "the host's side keeps its number";
      contract.evidence.push({ source: "companion", where: file, line: port.line, says: `${says}; ${host}` });
    }
  }
  const called = (site: Said & { port: number; protocol: string }) =>
    site.port === from && site.protocol === "tcp";
  for (const site of service.reached) if (called(site) && own(site, "reached")) contract.site(site);
  for (const site of service.listens ?? []) if (called(site) && own(site)) contract.site(site);
  for (const variable of service.environment) environment(contract, service, variable, own);
  for (const open of service.open ?? []) {
    if (open.variable === null || !contract.variables.has(open.variable))
      contract.cannot({ path: file, line: open.line, says: open.says });
  }
}

/** It runs a stage that this one is built on: what they share moves, what only this stage says does not. */
function parentService(contract: Contract, { file, name, ports, reached }: Service): void {
  const calls = [...ports.map((port) => ({ ...port, port: port.target })), ...reached];
  const place = calls.find(({ port, protocol }) => port === contract.from && protocol === "tcp");
  if (place)
    contract.cannot({ path: file, line: place.line, says: `${name} runs another stage of this Dockerfile` });
}

/** The service sets the very variable that tells the server its port. */
function environment(
  contract: Contract,
  { file }: Service,
  variable: Service["environment"][number],
  own: (place: Said) => boolean,
): void {
  const { from } = contract;
  if (!contract.variables.has(variable.name) || variable.value === null) return;
  const offsets = portsIn(variable.value, from);
  const exact = variable.end - variable.start === variable.value.length;
  if (offsets.length > 0 && exact) {
    if (!own({ ...variable, says: `${variable.name}=${variable.value}` })) return;
    for (const at of offsets)
      contract.digits(file, variable.start + at, variable.start + at + String(from).length);
  } else if (offsets.length > 0 || variable.value.includes("$")) {
    contract.cannot({ path: file, line: variable.line, says: `${variable.name}=${variable.value}` });
  }
}

/**
 * A variable that carries the port to the server, set in a file. What compose fills in from `.env` may stand on
 * the host's side too, which keeps its number.
 */
function envFile(
  contract: Contract,
  around: Surroundings,
  { path, given, fillsIn, variables }: EnvFile,
): void {
  const { from } = contract;
  for (const { name, value, line, start } of variables) {
    const offsets = portsIn(value, from);
    if (offsets.length === 0 || !contract.variables.has(name)) continue;
    const mixed = fillsIn && around.services.some(({ text }) => new RegExp(`\\$\\{?${name}\\b`).test(text));
    if (mixed) contract.cannot({ path, line, says: `${name}=${value}` });
    else if (given)
      for (const at of offsets) contract.digits(path, start + at, start + at + String(from).length);
  }
}

function deployment(contract: Contract, around: Surroundings): void {
  const { workloads, environment, callers, fixed } = around.deployment;
  for (const { container } of workloads) {
    for (const site of container.ports)
      if (site.port === contract.from && site.protocol === "tcp") contract.site(site);
  }
  for (const { path, name, value, start, end, line, stays } of environment) {
    if (!contract.variables.has(name)) continue;
    const offsets = portsIn(value, contract.from);
    if (stays !== undefined && offsets.length > 0)
      contract.cannot({ path, line, says: `${name}=${value}, ${stays}` });
    else if (end - start === value.length)
      for (const at of offsets) contract.digits(path, start + at, start + at + String(contract.from).length);
    else if (offsets.length > 0) contract.cannot({ path, line, says: `${name}=${value}` });
  }
  for (const site of callers) {
    if (site.port !== contract.from || site.protocol !== "tcp") continue;
    contract.site(site);
    contract.evidence.push({ source: "companion", where: site.path, line: site.line, says: site.says });
  }
  for (const place of fixed) if (place.port === null || place.port === contract.from) contract.cannot(place);
}
