import { type ImageModel, isInside, startCommands, starts } from "../../analysis/index.ts";
import type { PortSite, Surroundings } from "../../companions/index.ts";
import { unwrap } from "../../shell/index.ts";
import type { Advice, Applicability, Edit, Evidence, PortChange, RewriteOptions } from "../types.ts";

/** What happens to the ports below 1024 that the container listens on. */
export interface PortPlan {
  readonly remaps: readonly Remap[];
  readonly advice: readonly Advice[];
}

/** One port moved everywhere at once. */
export interface Remap extends PortChange {
  readonly applicability: Applicability;
  readonly evidence: readonly Evidence[];
  /** Edits in the Dockerfile and its companions. */
  readonly edits: readonly Edit[];
  /** Shell commands that change the base image's own configuration. */
  readonly commands: readonly string[];
  /** ENV lines that tell the server its port. */
  readonly env: readonly string[];
}

/** Ports of protocols whose clients cannot be told another number; they are left alone. */
const FIXED = new Set([20, 21, 22, 23, 25, 53, 67, 68, 69, 88, 110, 111, 123, 137, 138, 139, 143, 161, 162, 389, 445, 464, 465, 500, 514, 515, 543, 544, 587, 623, 631, 636, 749, 853, 873, 989, 990, 993, 995]);

const PORT_VARIABLE = /^(PORT|[A-Z0-9_]*_PORT|[A-Z0-9_]*PORT|ASPNETCORE_URLS|ASPNETCORE_HTTPS?_PORTS|.*(LISTEN|BIND)(_ADDR(ESS)?)?|SERVER_NAME)$/;
/** Variables that name somebody else's port. */
const OTHERS_PORT = /(DB|DATABASE|MYSQL|POSTGRES|PG|REDIS|MONGO|SMTP|MAIL|PROXY|RABBIT|AMQP|KAFKA|REMOTE|UPSTREAM|BACKEND|API|LDAP|DEBUG)/;

export function planPorts(model: ImageModel, around: Surroundings, options: RewriteOptions, path: string): PortPlan {
  const remaps: Remap[] = [];
  const advice: Advice[] = [];
  const low = lowPorts(model, around);
  const taken = new Set([...model.final.exposed.map((e) => e.port), ...Object.values(options.ports ?? {})]);
  for (const from of low) {
    if (options.keepPorts) {
      advice.push(keptAdvice(from, path, lineOf(model, from), "--keep-ports leaves it."));
      continue;
    }
    if (FIXED.has(from) && !options.ports?.[from]) {
      advice.push(keptAdvice(from, path, lineOf(model, from), "Clients of this protocol expect the number, so it is left alone."));
      continue;
    }
    const to = options.ports?.[from] ?? freePort(from, taken);
    taken.add(to);
    const remap = new RemapSearch(model, around, path, from, to).find();
    if (remap) remaps.push(remap);
    else advice.push(keptAdvice(from, path, lineOf(model, from), "What listens on it was not found, so it is left alone."));
  }
  return { remaps, advice };
}

function keptAdvice(port: number, path: string, line: number | null, why: string): Advice {
  return {
    title: `Port ${port} stays below 1024`,
    reason: `${why} Docker lets an unprivileged process bind it; Kubernetes, podman and old engines do not. There, set the sysctl net.ipv4.ip_unprivileged_port_start=${port}, or make the server listen on a higher port and pass --ports ${port}=PORT.`,
    path,
    line,
  };
}

function lineOf(model: ImageModel, port: number): number | null {
  return model.final.exposed.find((e) => e.port === port)?.instruction.line ?? null;
}

function freePort(from: number, taken: ReadonlySet<number>): number {
  let to = from === 80 ? 8080 : from === 443 ? 8443 : from + 8000;
  while (taken.has(to)) to++;
  return to;
}

/** TCP ports below 1024 that something says the container listens on. */
function lowPorts(model: ImageModel, around: Surroundings): number[] {
  const ports = new Set<number>();
  const add = (port: number) => {
    if (port > 0 && port < 1024) ports.add(port);
  };
  for (const exposed of model.final.exposed) if (exposed.protocol === "tcp") add(exposed.port);
  for (const start of starts(model)) for (const effects of start.effects) effects.listens.forEach((l) => add(l.port));
  for (const config of around.configs) config.ports.filter((p) => p.role === "listen" && p.protocol === "tcp").forEach((p) => add(p.port));
  for (const { site } of around.source.listens) if (site) add(site.port);
  if (runsBaseServer(model)) {
    for (const port of model.base.image?.ports ?? []) if (baseListens(model, around, port)) add(port);
  }
  for (const service of around.services) for (const port of service.ports) if (port.protocol === "tcp") add(port.target);
  return [...ports].sort((a, b) => a - b);
}

/** The base's own server is what starts, so its stock ports are what it listens on. */
function runsBaseServer(model: ImageModel): boolean {
  const base = model.base.image;
  if (!base || model.base.inferred) return false;
  if (base.portEnv.length > 0) return true;
  const { entrypoint, cmd } = model.final;
  if ((entrypoint && !entrypoint.instruction) || (cmd && !cmd.instruction)) {
    if (!cmd || !cmd.instruction) return true;
  }
  const program = base.cmd?.[0]?.replace(/^.*\//, "");
  return startCommands(model).some((c) => unwrap(c).some(({ command }) => command.name !== null && command.name === program && !GENERIC.has(command.name)));
}

const APP_RUNNERS = new Set(["node", "nodejs", "npm", "yarn", "pnpm", "npx", "bun", "deno", "python", "python3", "ruby", "bundle", "rails", "rackup", "puma", "flask", "uvicorn", "gunicorn", "streamlit", "java", "dotnet"]);

const GENERIC = new Set(["sh", "bash", "node", "python3", "python", "irb", "php", "java", "jshell"]);

/** A stock configuration counts unless a copied one replaced its file. */
function baseListens(model: ImageModel, around: Surroundings, port: number): boolean {
  const base = model.base.image!;
  if (base.portEnv.some((env) => portIn(env.default, port) !== null)) return !base.portEnv.some((env) => model.final.env.has(env.name));
  const replaced = base.portFiles.filter((file) => mentions(file, port)).filter((file) => isReplaced(model, file.path));
  const all = base.portFiles.filter((file) => mentions(file, port));
  return all.length === 0 ? true : replaced.length < all.length && around !== null;
}

function mentions(file: { find: string; replace: string }, port: number): boolean {
  return new RegExp(`(^|\\D)${port}(\\D|$)`).test(file.find);
}

function isReplaced(model: ImageModel, path: string): boolean {
  return model.steps.some(
    (step) =>
      (step.copy?.destination && (step.copy.destination === path || (isInside(path, step.copy.destination) && step.copy.sources.some((s) => path.endsWith(`/${s.replace(/^.*\//, "")}`))))) ||
      step.effects.some((e) => e.writes.some((w) => w.path === path || (w.kind === "delete" && isInside(path, w.path)))),
  );
}

/** Looks for everything that takes part in one port's contract. */
class RemapSearch {
  private readonly model: ImageModel;
  private readonly around: Surroundings;
  private readonly path: string;
  private readonly from: number;
  private readonly to: number;
  private readonly edits: Edit[] = [];
  private readonly evidence: Evidence[] = [];
  private readonly commands: string[] = [];
  private readonly env: string[] = [];
  private listeners = 0;
  private sure = true;

  constructor(model: ImageModel, around: Surroundings, path: string, from: number, to: number) {
    this.model = model;
    this.around = around;
    this.path = path;
    this.from = from;
    this.to = to;
  }

  find(): Remap | null {
    this.startArguments();
    this.variables();
    this.configFiles();
    this.baseConfiguration();
    this.sourceCode();
    if (this.listeners === 0) return null;
    this.exposes();
    this.healthcheck();
    this.compose();
    return {
      from: this.from,
      to: this.to,
      protocol: "tcp",
      applicability: this.sure ? "safe" : "likely",
      evidence: this.evidence,
      edits: dedupe(this.edits),
      commands: this.commands,
      env: this.env,
    };
  }

  private listen(evidence: Evidence): void {
    this.listeners++;
    this.evidence.push(evidence);
  }

  private digits(path: string, start: number, end: number): void {
    this.edits.push({ path, start, end, text: String(this.to) });
  }

  private startArguments(): void {
    for (const start of starts(this.model)) {
      if (!start.instruction) continue;
      for (const effects of start.effects) {
        for (const listen of effects.listens) {
          if (listen.port !== this.from || !this.isDigits(listen.start, listen.end)) continue;
          this.digits(this.path, listen.start, listen.end);
          this.listen({ source: "dockerfile", where: this.path, line: start.instruction.line, says: `the start command listens on ${this.from}` });
        }
      }
    }
  }

  private isDigits(start: number, end: number): boolean {
    return this.model.dockerfile.text.slice(start, end) === String(this.from);
  }

  /** ENV and ARG that carry the port to the server. */
  private variables(): void {
    for (const [name, value] of this.model.final.env) {
      if (value.value === null || !PORT_VARIABLE.test(name) || OTHERS_PORT.test(name)) continue;
      const digits = portIn(value.value, this.from);
      const raw = this.model.dockerfile.text.slice(value.start, value.end);
      const at = digits === null ? null : portIn(raw, this.from);
      if (at === null) continue;
      const read = this.isRead(name);
      if (!read && !(name === "PORT" && this.startsAnApp())) continue;
      if (!read) this.sure = false;
      this.digits(this.path, value.start + at, value.start + at + String(this.from).length);
      this.listen({ source: "dockerfile", where: this.path, line: value.instruction.line, says: `${value.keyword} ${name} sets the port` });
    }
  }

  /** The base's server, the app's source, or what starts the container reads the variable. */
  private isRead(name: string): boolean {
    if (this.model.base.image?.portEnv.some((env) => env.name === name)) return true;
    if (this.around.source.listens.some((listen) => listen.variable === name)) return true;
    const mention = new RegExp(`\\$\\{?${name}\\b`);
    return (
      starts(this.model).some((start) => start.commands.some((c) => c.argv.some((word) => mention.test(word.raw)))) ||
      this.around.scripts.some((script) => script.script.commands.some((c) => c.argv.some((word) => mention.test(word.raw)))) ||
      this.around.configs.some((config) => mention.test(this.around.texts.get(config.path) ?? ""))
    );
  }

  /** An app run by its language, for which PORT is the custom; not a web server with a configuration of its own. */
  private startsAnApp(): boolean {
    return startCommands(this.model).some((c) => unwrap(c).some(({ command }) => command.name !== null && APP_RUNNERS.has(command.name)));
  }

  private configFiles(): void {
    for (const config of this.around.configs) {
      for (const site of config.ports) {
        if (site.port !== this.from || site.protocol !== "tcp" || site.role !== "listen") continue;
        this.site(site);
        this.listen({ source: "companion", where: site.path, line: site.line, says: `${config.server}: ${site.says}` });
      }
    }
  }

  private site(site: PortSite): void {
    this.digits(site.path, site.start, site.end);
  }

  private baseConfiguration(): void {
    const base = this.model.base.image;
    if (!base || !runsBaseServer(this.model) || !base.ports.includes(this.from) || !baseListens(this.model, this.around, this.from)) return;
    const evidence: Evidence = { source: "base", where: base.reference, line: null, says: `its stock configuration listens on ${this.from}` };
    const env = base.portEnv.find((e) => portIn(e.default, this.from) !== null);
    if (env && !this.model.final.env.has(env.name)) {
      const at = portIn(env.default, this.from)!;
      this.env.push(`${env.name}=${env.default.slice(0, at)}${this.to}${env.default.slice(at + String(this.from).length)}`);
      this.listen(evidence);
      return;
    }
    const files = base.portFiles.filter((file) => file.kind === "sed" && mentions(file, this.from) && !isReplaced(this.model, file.path));
    if (files.length === 0) return;
    for (const file of files) this.commands.push(sedCommand(file.path, file.find, file.replace, this.from, this.to));
    this.listen(evidence);
  }

  private sourceCode(): void {
    for (const listen of this.around.source.listens) {
      if (listen.site?.port !== this.from) continue;
      const evidence: Evidence = { source: "code", where: listen.site.path, line: listen.site.line, says: listen.site.says };
      if (listen.variable !== null) {
        const set = this.model.final.env.get(listen.variable);
        if (!set && !this.env.some((line) => line.startsWith(`${listen.variable}=`))) this.env.push(`${listen.variable}=${this.to}`);
        this.listen(evidence);
      } else {
        this.site(listen.site);
        this.sure = false;
        this.listen(evidence);
      }
    }
  }

  private exposes(): void {
    for (const exposed of this.model.final.exposed) {
      if (exposed.port !== this.from || exposed.protocol !== "tcp" || exposed.variable !== null) continue;
      this.digits(this.path, exposed.start, exposed.end);
    }
  }

  /** `curl http://localhost:80/` and the like; a URL without a port gets one. */
  private healthcheck(): void {
    const health = this.model.final.healthcheck;
    if (!health?.instruction) return;
    const { text } = this.model.dockerfile;
    const { start, end } = health.instruction;
    const url = /\b(https?):\/\/(localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1\])(?::(\d+))?(?=[/"'\s?#|;&)\]]|$)/g;
    const body = text.slice(start, end);
    for (const match of body.matchAll(url)) {
      const implied = match[1] === "https" ? 443 : 80;
      if (Number(match[3] ?? implied) !== this.from) continue;
      const host = start + match.index + match[1]!.length + 3 + match[2]!.length;
      if (match[3]) this.digits(this.path, host + 1, host + 1 + match[3].length);
      else this.edits.push({ path: this.path, start: host, end: host, text: `:${this.to}` });
    }
    const bare = new RegExp(`\\b(?:localhost|127\\.0\\.0\\.1)[ :](${this.from})\\b(?!\\d)`, "g");
    for (const match of body.matchAll(bare)) {
      const at = start + match.index + match[0].length - match[1]!.length;
      if (!this.edits.some((e) => e.start === at && e.path === this.path)) this.digits(this.path, at, at + match[1]!.length);
    }
  }

  private compose(): void {
    for (const service of this.around.services) {
      for (const port of service.ports) {
        if (port.target !== this.from || port.protocol !== "tcp") continue;
        const lone = port.form === "short" && port.published === null;
        this.edits.push({ path: service.file, start: port.start, end: port.end, text: lone ? String(this.to) : String(this.to) });
        this.evidence.push({ source: "companion", where: service.file, line: port.line, says: `${service.name} publishes ${this.from}; the host's side keeps its number` });
      }
      for (const site of service.reached) {
        if (site.port === this.from) this.site(site);
      }
      for (const variable of service.environment) {
        if (!PORT_VARIABLE.test(variable.name) || OTHERS_PORT.test(variable.name) || variable.value === null) continue;
        const at = portIn(variable.value, this.from);
        if (at !== null && variable.end - variable.start === variable.value.length) {
          this.digits(service.file, variable.start + at, variable.start + at + String(this.from).length);
        }
      }
    }
  }
}

/** Offset of the port's digits in a value such as `80`, `http://+:80` or `0.0.0.0:80;https://+:443`. */
function portIn(value: string, port: number): number | null {
  const bare = value.trim().replace(/^["']|["']$/g, "");
  if (bare === String(port)) return value.indexOf(bare);
  const match = new RegExp(`:${port}(?![\\d])`).exec(value);
  return match ? match.index + 1 : null;
}

function sedCommand(path: string, find: string, replace: string, from: number, to: number): string {
  const expression = find.replace(/\(\?:/g, "(").replace(/\\b/g, "");
  const target = replace.replace(/8080|8443/, String(to));
  void from;
  return `sed -i -E 's/${expression.replaceAll("/", "\\/")}/${target.replaceAll("/", "\\/").replace(/\$(\d)/g, "\\$1")}/' ${path}`;
}

function dedupe(edits: readonly Edit[]): Edit[] {
  const seen = new Map<string, Edit>();
  for (const edit of edits) seen.set(`${edit.path}\0${edit.start}\0${edit.end}`, edit);
  return [...seen.values()].sort((a, b) => (a.path === b.path ? a.start - b.start : a.path < b.path ? -1 : 1));
}
