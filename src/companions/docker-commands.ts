import { type ShellCommand, type ShellScript, type ShellWord, unwrap } from "../shell/index.ts";
import { portNumber } from "./source-text.ts";
import type { Span } from "./types.ts";

/** `docker build -t NAME -f FILE CONTEXT` */
export interface DockerBuild {
  readonly kind: "build";
  readonly tags: readonly string[];
  readonly file: string | null;
  readonly context: string;
  readonly cwd: string | null;
  readonly offset: number;
}

/** `docker run -p 8000:80 NAME` */
export interface DockerRun {
  readonly kind: "run";
  readonly image: string | null;
  /** The container's side of each published port. */
  readonly ports: readonly (Span & { readonly port: number; readonly word: string })[];
  /** `-P`: whatever EXPOSE names, on ports that Docker chooses. */
  readonly publishesAll: boolean;
  readonly offset: number;
}

/** What a script does with docker, podman and their like. */
export function dockerCommands(script: ShellScript): (DockerBuild | DockerRun)[] {
  return script.commands.flatMap((command) =>
    unwrap(command).flatMap((inner) => {
      const { name } = inner.command;
      const read =
        name === null
          ? null
          : ENGINES.has(name)
            ? readCommand(inner.command)
            : name === "executor"
              ? kaniko(inner.command)
              : null;
      return read ? [read] : [];
    }),
  );
}

function readCommand(command: ShellCommand): DockerBuild | DockerRun | null {
  const words = command.argv.slice(1);
  const verb = words.findIndex((word) => VERBS.has(word.value ?? ""));
  // `docker --context x build`, `docker buildx build`, `docker container run`
  if (
    verb < 0 ||
    words.slice(0, verb).some((word) => !/^(?:-.*|buildx|image|container|builder)$/.test(word.value ?? ""))
  )
    return null;
  const { options, operands } = split(words.slice(verb + 1), BUILDS.has(words[verb]!.value!));
  const offset = command.start;
  if (!BUILDS.has(words[verb]!.value!)) {
    const ports = options
      .filter(({ name }) => name === "-p" || name === "--publish")
      .flatMap(({ value }) => containerPort(value));
    const before = words.slice(verb + 1, operands[0] ? words.indexOf(operands[0]) : undefined);
    const publishesAll = before.some(({ value }) =>
      /^(?:-[a-zA-Z]*P[a-zA-Z]*|--publish-all)$/.test(value ?? ""),
    );
    return { kind: "run", image: operands[0] ? imageOf(operands[0]) : null, ports, publishesAll, offset };
  }
  const of = (...names: string[]) =>
    options.filter(({ name }) => names.includes(name)).map(({ value }) => value);
  const context = operands[0]?.value;
  const file = of("-f", "--file")[0]?.value;
  if (context === undefined || context === null || file === null) return null;
  return {
    kind: "build",
    tags: of("-t", "--tag").flatMap((tag) => imageOf(tag) ?? []),
    file: file ?? null,
    context,
    cwd: command.cwd,
    offset,
  };
}

/** `/kaniko/executor --context . --dockerfile web/Dockerfile --destination NAME` */
function kaniko(command: ShellCommand): DockerBuild | null {
  const { options } = split(command.argv.slice(1), true);
  const of = (...names: string[]) =>
    options.filter(({ name }) => names.includes(name)).map(({ value }) => value);
  const tags = of("--destination", "-d").flatMap((word) => imageOf(word) ?? []);
  const [contextWord] = of("--context", "-c");
  const [fileWord] = of("--dockerfile", "-f");
  const context = contextWord ? inCheckout(contextWord) : ".";
  const file = fileWord ? inCheckout(fileWord) : null;
  if (tags.length === 0 || context === null || (fileWord && file === null)) return null;
  return { kind: "build", tags, file, context, cwd: command.cwd, offset: command.start };
}

/** A path below the folder into which CI put the repository. */
function inCheckout({ value, raw }: ShellWord): string | null {
  const path = (value ?? raw.replace(/^"(.*)"$/, "$1"))
    .replace(/^dir:\/\//, "")
    .replace(/^(?:\$\{?CI_PROJECT_DIR\}?|\/workspace)(?=\/|$)\/?/, "");
  return /[$`]|^\//.test(path) ? null : path || ".";
}

/** An image reference; of `acme/web:$TAG` what is known. */
function imageOf({ value, prefix }: ShellWord): string | null {
  if (value !== null) return value;
  return /^[^\s:]+(?::\d+\/[^\s:]+)?(?=:)/.exec(prefix)?.[0] ?? null;
}

interface Option {
  readonly name: string;
  readonly value: ShellWord;
}

/** Options until the image or the context; whatever is no known switch takes the next word. */
function split(words: readonly ShellWord[], build: boolean): { options: Option[]; operands: ShellWord[] } {
  const options: Option[] = [];
  for (let at = 0; at < words.length; at++) {
    const word = words[at]!;
    const text = word.value ?? word.prefix;
    if (!text.startsWith("-") || text === "-") return { options, operands: words.slice(at) };
    const attached = (build ? /^(--[\w-]+)=|^(-[tf])(?=[^=])/ : /^(--[\w-]+)=|^(-p)(?=[^=])/).exec(text);
    if (attached) options.push({ name: attached[1] ?? attached[2]!, value: tail(word, attached[0].length) });
    else if (!(build ? BUILD_SWITCHES : RUN_SWITCHES).test(text) && words[at + 1])
      options.push({ name: text, value: words[++at]! });
  }
  return { options, operands: [] };
}

function tail(word: ShellWord, from: number): ShellWord {
  const start = word.offsetOf?.(from) ?? word.start + from;
  return {
    raw: word.raw.slice(from),
    value: word.value?.slice(from) ?? null,
    prefix: word.prefix.slice(from),
    start,
    end: word.end,
    offsetOf: (index) => word.offsetOf?.(index + from) ?? word.start + from + index,
    variableAt: (index) => word.variableAt?.(index + from) ?? null,
  };
}

/** `80`, `8000:80`, `127.0.0.1:8000:80/tcp`; ranges and UDP are left out. */
function containerPort(word: ShellWord): DockerRun["ports"] {
  const text = word.value;
  const digits = text === null ? undefined : /(?:^|:)(\d{1,5})(?:\/tcp)?$/.exec(text);
  const port = digits ? portNumber(digits[1]!) : null;
  if (!digits || port === null || text === null) return [];
  const at = digits.index + digits[0].indexOf(digits[1]!);
  if (word.variableAt?.(at)) return [];
  const start = word.offsetOf?.(at) ?? word.start + at;
  return [{ port, start, end: start + digits[1]!.length, word: text }];
}

const ENGINES = new Set(["docker", "podman", "nerdctl", "buildah"]);
const BUILDS = new Set(["build", "bud"]);
const VERBS = new Set([...BUILDS, "run", "create"]);
const BUILD_SWITCHES =
  /^-(?:q|-(?:quiet|pull|no-cache|push|load|squash|compress|force-rm|rm|disable-content-trust))$/;
const RUN_SWITCHES =
  /^-(?:[diPqt]+|-(?:rm|init|privileged|publish-all|read-only|detach|interactive|tty|no-healthcheck|oom-kill-disable|sig-proxy|quiet))$/;
