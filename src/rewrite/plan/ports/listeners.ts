import { type EnvValue, type ImageModel, startCommands, starts } from "../../../analysis/index.ts";
import type { Surroundings } from "../../../companions/index.ts";
import { envPairs } from "../../../dockerfile/index.ts";
import { type Listen, unwrap } from "../../../shell/index.ts";
import { lineAt } from "../line-at.ts";
import { type Contract, portsIn } from "./contract.ts";
import { renderedAtStart } from "./rendered.ts";
import { isElsewhere, sourceListens } from "./source.ts";
import { changeStock, startedPrograms } from "./stock.ts";
import { OTHERS_PORT, PORT_VARIABLE } from "./variables.ts";

/** Finds what listens on the port, by evidence, and changes it. */
export function changeListeners(
  contract: Contract,
  model: ImageModel,
  around: Surroundings,
  path: string,
): void {
  startArguments(contract, model, path);
  startScripts(contract, around);
  const told = contract.evidence.length;
  configFiles(contract, around);
  changeStock(contract, model, around);
  const isConfigured = contract.evidence.length > told;
  if (isConfigured) for (const place of renderedAtStart(model, around, path)) contract.cannot(place);
  sourceCode(contract, model, around);
  variables(contract, model, around, path);
  composeCommands(contract, around);
  outerVariables(contract, model, around);
}

function startArguments(contract: Contract, model: ImageModel, path: string): void {
  for (const start of starts(model)) {
    const { instruction } = start;
    if (!instruction) continue;
    for (const listen of start.effects.flatMap((effects) => effects.listens)) {
      if (listen.port !== contract.from) continue;
      told(contract, listen, path, instruction.line, model.dockerfile.text, "the start command listens on");
    }
  }
}

function startScripts(contract: Contract, around: Surroundings): void {
  for (const script of around.scripts) {
    for (const listen of script.effects.flatMap((effects) => effects.listens)) {
      if (listen.port !== contract.from) continue;
      told(
        contract,
        listen,
        script.file,
        lineAt(script.text, listen.start),
        script.text,
        "the start script listens on",
      );
    }
  }
}

function told(
  contract: Contract,
  listen: Listen,
  path: string,
  line: number,
  text: string,
  how: string,
): void {
  const says = `${how} ${contract.from}`;
  if (listen.variable) contract.variables.add(listen.variable);
  if (text.slice(listen.start, listen.end) === String(contract.from))
    contract.digits(path, listen.start, listen.end);
  else if (!listen.variable) contract.cannot({ path, line, says });
  // Scripts of package.json are for working on the app, too.
  if (listen.generic || path.endsWith("package.json")) contract.sure = false;
  const source = path.endsWith(".sh") || path.endsWith(".json") ? "companion" : "dockerfile";
  contract.listener({ source, where: path, line, says });
}

function configFiles(contract: Contract, around: Surroundings): void {
  for (const config of around.configs) {
    for (const site of config.ports) {
      if (site.port !== contract.from || site.protocol !== "tcp" || site.role !== "listen") continue;
      contract.site(site);
      contract.listener({
        source: "companion",
        where: site.path,
        line: site.line,
        says: `${config.format}: ${site.says}`,
      });
    }
  }
}

function sourceCode(contract: Contract, model: ImageModel, around: Surroundings): void {
  for (const { site, variable } of sourceListens(model, around)) {
    if (site?.port !== contract.from) continue;
    const { path, line, says } = site;
    contract.listener({ source: "code", where: path, line, says });
    if (variable === null) {
      contract.site(site);
      contract.sure = false;
      if (isElsewhere(contract.from, model, around))
        contract.cannot({ path, line, says: `${says}, which the image does not expose` });
      continue;
    }
    contract.variables.add(variable);
    if (!model.final.env.has(variable)) setVariable(contract, variable);
  }
}

function setVariable(contract: Contract, name: string): void {
  const line = `${name}=${contract.to}`;
  if (!contract.env.some((other) => other.startsWith(`${name}=`))) contract.env.push(line);
}

/** ENV and ARG that carry the port to the server. */
function variables(contract: Contract, model: ImageModel, around: Surroundings, path: string): void {
  const { from } = contract;
  const isSilent = !contract.hasListener;
  for (const [name, value] of model.final.env) {
    if (value.value === null || portsIn(value.value, from).length === 0) continue;
    const asked = contract.variables.has(name);
    if (!asked && (!PORT_VARIABLE.test(name) || OTHERS_PORT.test(name))) continue;
    const read = asked || isRead(name, model, around);
    const isCustom = name === "PORT" && startsAnApp(model);
    if (!read && !isCustom && !(isSilent && isOwnPort(from, model, value))) continue;
    const place = definition(model, name, value, from);
    if (!place) {
      contract.cannot({ path, line: value.instruction.line, says: `${value.keyword} ${name}` });
      continue;
    }
    if (!read) contract.sure = false;
    contract.variables.add(name);
    for (const at of place.offsets) contract.digits(path, at, at + String(from).length);
    contract.listener({
      source: "dockerfile",
      where: path,
      line: place.line,
      says: `${value.keyword} ${name} sets the port`,
    });
  }
}

/** Where nothing else is known to listen: the image says the same number of itself, ENV ROCKET_PORT=80 and EXPOSE 80. */
function isOwnPort(from: number, model: ImageModel, { keyword, value }: EnvValue): boolean {
  return (
    keyword === "ENV" &&
    value === String(from) &&
    model.final.exposed.some(({ port, protocol }) => port === from && protocol === "tcp")
  );
}

type Place = Pick<EnvValue, "instruction" | "start" | "end">;

/** Where the digits are written: in the value itself, or in the ARG that it takes its value from. */
function definition(
  model: ImageModel,
  name: string,
  value: Place,
  port: number,
  depth = 0,
): { offsets: number[]; line: number } | null {
  const raw = model.dockerfile.text.slice(value.start, value.end);
  const offsets = portsIn(raw, port).map((at) => value.start + at);
  if (offsets.length > 0) return { offsets, line: value.instruction.line };
  const from = /^["']?(?:[^$]*:)?\$\{?(\w+)/.exec(raw)?.[1];
  if (from === undefined || depth > 4) return null;
  const other = from === name ? argument(model, from) : (model.final.env.get(from) ?? argument(model, from));
  return other && other.start !== value.start ? definition(model, from, other, port, depth + 1) : null;
}

/** The ARG that gives a variable its default: in the target's stages, or ahead of the first. */
function argument(model: ImageModel, name: string): Place | null {
  const stages = new Set([-1, ...model.chain.map((stage) => stage.index)]);
  for (const instruction of model.dockerfile.instructions.toReversed()) {
    if (instruction.keyword !== "ARG" || !stages.has(instruction.stage)) continue;
    const range = envPairs(instruction).find((pair) => pair.name === name)?.valueRange;
    if (range) return { instruction, start: range.start, end: range.end };
  }
  return null;
}

/** The base's server, the app's source, a server's configuration or what starts the container reads the variable. */
function isRead(name: string, model: ImageModel, around: Surroundings): boolean {
  if (model.base.image?.portEnv.some((env) => env.name === name)) return true;
  if (sourceListens(model, around).some((listen) => listen.variable === name)) return true;
  if (
    around.configs.some(
      (config) =>
        config.open?.some((open) => open.variable === name) ||
        config.ports.some((site) => site.variable === name),
    )
  )
    return true;
  const mention = new RegExp(`\\$\\{?${name}\\b`);
  const commands = [...startCommands(model), ...around.scripts.flatMap((script) => script.script.commands)];
  if (commands.some((command) => command.argv.some((word) => mention.test(word.raw)))) return true;
  const programs = startedPrograms(model);
  return CUSTOMS.some(
    (custom) =>
      custom.variables.includes(name) && programs.some((program) => custom.programs.includes(program)),
  );
}

/** An app run by its language, for which PORT is the custom; not a web server with a configuration of its own. */
function startsAnApp(model: ImageModel): boolean {
  return startCommands(model).some((command) =>
    unwrap(command).some((inner) => APP_RUNNERS.has(inner.command.name ?? "")),
  );
}

/** `command:` in a compose file takes the place of CMD. */
function composeCommands(contract: Contract, around: Surroundings): void {
  for (const service of around.services) {
    for (const site of service.listens ?? []) {
      if (site.port !== contract.from) continue;
      contract.listener({
        source: "companion",
        where: site.path,
        line: site.line,
        says: `${service.name}: ${site.says}`,
      });
    }
  }
}

/** The variable is set where the container is made: by compose, or by a pod. */
function outerVariables(contract: Contract, model: ImageModel, around: Surroundings): void {
  const set = [
    ...around.services.flatMap((service) =>
      service.environment.map((one) => ({ ...one, path: service.file })),
    ),
    ...around.deployment.environment,
    ...around.envFiles
      .filter(({ given }) => given)
      .flatMap(({ path, variables }) => variables.map((one) => ({ ...one, path }))),
  ];
  for (const { name, value, path, line } of set) {
    if (value === null || portsIn(value, contract.from).length === 0 || contract.variables.has(name))
      continue;
    if (!PORT_VARIABLE.test(name) || OTHERS_PORT.test(name) || !isRead(name, model, around)) continue;
    contract.variables.add(name);
    contract.listener({ source: "companion", where: path, line, says: `${name} sets the port` });
  }
}

/** Variables that a program reads by itself. */
const CUSTOMS: readonly { readonly programs: readonly string[]; readonly variables: readonly string[] }[] = [
  {
    programs: ["dotnet"],
    variables: [
      "ASPNETCORE_URLS",
      "ASPNETCORE_HTTP_PORTS",
      "ASPNETCORE_HTTPS_PORTS",
      "DOTNET_URLS",
      "HTTP_PORTS",
    ],
  },
  { programs: ["java"], variables: ["SERVER_PORT", "QUARKUS_HTTP_PORT", "MICRONAUT_SERVER_PORT"] },
  { programs: ["flask"], variables: ["FLASK_RUN_PORT"] },
  { programs: ["uvicorn"], variables: ["UVICORN_PORT"] },
  { programs: ["streamlit"], variables: ["STREAMLIT_SERVER_PORT"] },
  {
    programs: ["rails", "puma", "bundle", "rackup", "next", "nuxt", "npm", "yarn", "pnpm", "gunicorn"],
    variables: ["PORT"],
  },
];
const APP_RUNNERS = new Set([
  "node",
  "nodejs",
  "npm",
  "yarn",
  "pnpm",
  "npx",
  "bun",
  "deno",
  "python",
  "python3",
  "ruby",
  "bundle",
  "rails",
  "rackup",
  "puma",
  "flask",
  "uvicorn",
  "gunicorn",
  "streamlit",
  "java",
  "dotnet",
]);
