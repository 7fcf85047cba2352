import { type ImageModel, isInside, startCommands } from "../../../analysis/index.ts";
import type { Surroundings } from "../../../companions/index.ts";
import { type ShellCommand, unwrap } from "../../../shell/index.ts";
import { startedCommands } from "../started.ts";
import type { Contract } from "./contract.ts";
import { portsIn } from "./contract.ts";
import { PACKAGED_SERVERS, type StockFile } from "./packaged.ts";

/** Ports that servers listen on by configuration which no file of the project holds. */
export function stockListens(model: ImageModel, around: Surroundings): readonly number[] {
  const base = model.base.image;
  const ports = new Set<number>();
  if (base && runsBase(model, around)) {
    for (const port of base.ports)
      if (baseVariable(model, port) || baseListens(model, around, port)) ports.add(port);
  }
  for (const file of packagedFiles(model, around)) if (file.onDemand !== true) ports.add(file.port);
  return [...ports];
}

/** Makes the stock configuration listen on the new port. */
export function changeStock(contract: Contract, model: ImageModel, around: Surroundings): void {
  const base = model.base.image;
  const asked = isConfigured(around, contract.from);
  if (base && runsBase(model, around) && (base.ports.includes(contract.from) || asked))
    changeBase(contract, model, around);
  const files = packagedFiles(model, around).filter(
    ({ port, onDemand }) => port === contract.from && (onDemand !== true || asked),
  );
  for (const file of files) contract.commands.push(sedCommand(file, contract.to));
  if (files.length > 0) {
    const says = `the package's stock configuration listens on ${contract.from}`;
    contract.listener({ source: "base", where: files[0]!.path, line: null, says });
  }
}

/** The project's own configuration listens there, with the help of what the stock one says. */
function isConfigured({ configs }: Surroundings, port: number): boolean {
  return configs.some((config) => config.ports.some((site) => site.role === "listen" && site.port === port));
}

function changeBase(contract: Contract, model: ImageModel, around: Surroundings): void {
  const { from, to } = contract;
  const base = model.base.image!;
  const says = `its stock configuration listens on ${from}`;
  const evidence = { source: "base", where: base.reference, line: null, says } as const;
  const variable = baseVariable(model, from);
  if (variable) {
    contract.env.push(`${variable.name}=${replaced(variable.default, from, to)}`);
    contract.variables.add(variable.name);
    contract.listener(evidence);
    return;
  }
  const files = baseFiles(model, around, from);
  if (files.length === 0) return;
  for (const file of files) contract.commands.push(sedCommand(file, to));
  contract.exposesNew = base.ports.includes(from);
  contract.listener(evidence);
}

/** The base's server is what starts: with its own command, or with one that names the same program. */
export function runsStockServer(model: ImageModel, around: Surroundings): boolean {
  const base = model.base.image;
  return base !== null && base.portFiles.length > 0 && runsBase(model, around);
}

function runsBase(model: ImageModel, around: Surroundings): boolean {
  const base = model.base.image;
  if (!base || model.base.inferred) return false;
  if (base.portEnv.some((env) => portsIn(env.default, 80).length > 0)) return true;
  const { entrypoint, cmd } = model.final;
  if (!cmd?.instruction && (cmd || (entrypoint && !entrypoint.instruction))) return true;
  const program = base.cmd?.[0]?.replace(/^.*\//, "");
  // A start script of one's own may end with the server, too.
  const programs = [
    ...startedPrograms(model),
    ...around.scripts.flatMap(({ script }) => programsOf(script.commands)),
  ];
  return programs.some((name) => name === program && !INTERPRETERS.has(name));
}

export function startedPrograms(model: ImageModel): string[] {
  return programsOf(startCommands(model));
}

function programsOf(commands: readonly ShellCommand[]): string[] {
  return commands
    .flatMap((command) => unwrap(command).map((inner) => inner.command.name))
    .filter((name) => name !== null);
}

/** A variable of the base's server that says the port, and that the Dockerfile leaves as it is. */
function baseVariable(model: ImageModel, port: number): { name: string; default: string } | null {
  const base = model.base.image!;
  const sets = base.portEnv.some((env) => model.final.env.has(env.name));
  const variable = base.portEnv.find(
    (env) => /^\w+$/.test(env.name) && portsIn(env.default, port).length > 0,
  );
  // Images of the family that bring no web server have the variable, and nobody to read it.
  const serves =
    !/\/(runtime|runtime-deps|monitor)(:|$)/.test(base.reference) ||
    model.final.exposed.some((e) => e.port === port);
  return variable && !sets && serves && base.ports.includes(port) ? variable : null;
}

/** The base listens, with configuration of which the Dockerfile left something in place. */
function baseListens(model: ImageModel, around: Surroundings, port: number): boolean {
  const base = model.base.image!;
  // Where it is known which files say what it listens on, a port that none of them names is not listened on.
  if (base.portFiles.length > 0) return baseFiles(model, around, port).length > 0;
  return base.portEnv.length === 0;
}

function baseFiles(model: ImageModel, around: Surroundings, port: number): StockFile[] {
  const base = model.base.image!;
  return base.portFiles
    .filter((file) => file.kind === "sed" && namesPort(file.find, port))
    .map((file): StockFile => ({
      path: file.path,
      find: file.find,
      replace: file.replace.replace(/8080|8443/, "PORT"),
      port,
    }))
    .map((file) =>
      file.path === NGINX_SITE && file.find.includes("listen")
        ? nginxSite(file, base.entrypoint !== null)
        : file,
    )
    .filter(
      (file) =>
        !isReplaced(model, around, file.path) &&
        !isTemplated(around, file.path) &&
        isIncluded(model, around, file.path),
    );
}

/** nginx's entrypoint fills in templates: `templates/default.conf.template` becomes `conf.d/default.conf`. */
function isTemplated(around: Surroundings, path: string): boolean {
  const template = path.replace("/etc/nginx/conf.d/", "/etc/nginx/templates/") + ".template";
  return around.configs.some((config) => config.destination === template);
}

/**
 * The entrypoint adds the IPv6 line only to a file that nobody has changed, so it has to come with the change.
 * And nginx writes a port other than 80 into the redirects it makes (`/docs` -> `/docs/`), where callers cannot
 * follow: the port outside is another one.
 */
function nginxSite(file: StockFile, entrypoint: boolean): StockFile {
  const lines = [
    "listen       PORT;",
    ...(entrypoint ? ["    listen  [::]:PORT;"] : []),
    "    port_in_redirect off;",
  ];
  return { ...file, replace: lines.join("\\n") };
}

/** A copied nginx.conf, or the one that `nginx -c` names, reads the stock site only where it includes it. */
function isIncluded(model: ImageModel, around: Surroundings, path: string): boolean {
  const chosen = chosenFile(startedCommands(model, around), "nginx");
  const place = chosen ?? "/etc/nginx/nginx.conf";
  const main = around.configs.find((config) => config.destination === place);
  if (!main || !path.startsWith("/etc/nginx/") || main.problem) return true;
  const folder = path.replace(/[^/]*$/, "").replace("sites-available", "sites-enabled");
  const beside = place.replace(/[^/]*$/, "");
  return main.includes.some((pattern) => pattern.replace(/[^/]*$/, "").replace(/^(?!\/)/, beside) === folder);
}

/** The configuration that `-c FILE` names, where it is absolute. */
function chosenFile(commands: readonly ShellCommand[], program: string): string | null {
  for (const { name, argv } of commands) {
    const at = name === program ? argv.findIndex(({ value }) => value === "-c") : -1;
    const file = at < 0 ? null : (argv[at + 1]?.value ?? null);
    if (file?.startsWith("/")) return file;
  }
  return null;
}

/** Stock files of servers that the Dockerfile installs and starts. */
function packagedFiles(model: ImageModel, around: Surroundings): StockFile[] {
  const manager = model.base.image?.packageManager ?? null;
  if (runsStockServer(model, around)) return [];
  const installed = new Set(
    model.steps.flatMap((step) => step.effects.flatMap((effects) => effects.packages)),
  );
  const programs = new Set(startedCommands(model, around).map(({ name }) => name));
  return PACKAGED_SERVERS.filter(
    (server) =>
      server.managers.some((name) => name === manager) &&
      server.packages.some((name) => installed.has(name)) &&
      server.programs.some((name) => programs.has(name)),
  )
    .flatMap((server) => server.files)
    .filter(
      (file) =>
        ![file.path, ...(file.links ?? [])].some((path) => isReplaced(model, around, path)) &&
        isIncluded(model, around, file.path),
    );
}

function namesPort(find: string, port: number): boolean {
  return new RegExp(`(^|\\D)${port}(\\D|$)`).test(find);
}

/** A COPY or a mount brings another file to its place, a RUN writes or deletes it, or the start does, as it is told. */
function isReplaced(model: ImageModel, around: Surroundings, path: string): boolean {
  const atStart = around.scripts.some(({ script, effects }) =>
    effects.some(({ writes }, index) =>
      writes.some(
        (write) => write.path === path && (write.kind !== "modify" || changesListen(script.commands[index]!)),
      ),
    ),
  );
  const mounted = around.services.some(({ volumes }) =>
    volumes.some(({ type, target }) => type === "bind" && isInside(path, target)),
  );
  if (atStart || mounted) return true;
  return model.steps.some(({ copy, effects, commands }) => {
    const name = path.replace(/^.*\//, "");
    const folder = path.slice(0, -name.length - 1);
    const destination = copy?.destination ?? null;
    const copied =
      destination !== null &&
      (destination === path ||
        (destination === folder &&
          copy!.sources.some((source) => source.replace(/\/$/, "").endsWith(`/${name}`) || source === name)));
    const written = effects.some((e, index) =>
      e.writes.some(
        (write) =>
          covers(write, path) ||
          (write.path === path && (write.kind !== "modify" || changesListen(commands[index]!))),
      ),
    );
    return copied || written;
  });
}

/** A `sed -i` that is about something else leaves the port where it is. */
function changesListen(command: ShellCommand): boolean {
  return (
    command.name !== "sed" || command.argv.some((word) => /listen|\b(80|443|8080|8443)\b/i.test(word.raw))
  );
}

function covers(write: { path: string; kind: string }, path: string): boolean {
  if (write.kind !== "delete") return false;
  return (
    isInside(path, write.path) || (write.path.endsWith("/*") && path.startsWith(write.path.slice(0, -1)))
  );
}

/** Works with GNU sed and BusyBox's. */
function sedCommand({ path, find, replace }: StockFile, to: number): string {
  const pattern = find.replace(/\(\?:/g, "(").replace(/\\b/g, "").replaceAll("/", "\\/");
  const text = replace
    .replaceAll("PORT", String(to))
    .replaceAll("/", "\\/")
    .replace(/\$(\d)/g, "\\$1");
  return `sed -i -E 's/${pattern}/${text}/' ${path}`;
}

function replaced(value: string, from: number, to: number): string {
  let result = value;
  for (const at of portsIn(value, from).toReversed()) {
    result = result.slice(0, at) + to + result.slice(at + String(from).length);
  }
  return result;
}

const NGINX_SITE = "/etc/nginx/conf.d/default.conf";
const INTERPRETERS = new Set(["sh", "bash", "node", "python3", "python", "irb", "php", "java", "jshell"]);
