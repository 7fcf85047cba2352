import { skipSpaces } from "./blanks.ts";
import { heredocOpener } from "./heredoc.ts";
import { DockerfileError, type Flag, type Instruction } from "./types.ts";

/** The keywords that BuildKit knows, and the flags of each. Type "list" may be given more than once. */
const FLAGS: Readonly<Record<string, Readonly<Record<string, "string" | "bool" | "list">>>> = {
  ADD: {
    chown: "string",
    chmod: "string",
    link: "bool",
    "keep-git-dir": "bool",
    checksum: "string",
    unpack: "bool",
    exclude: "list",
  },
  ARG: {},
  CMD: {},
  COPY: {
    chown: "string",
    from: "string",
    chmod: "string",
    link: "bool",
    exclude: "list",
    parents: "bool",
  },
  ENTRYPOINT: {},
  ENV: {},
  EXPOSE: {},
  FROM: { platform: "string" },
  HEALTHCHECK: {
    interval: "string",
    timeout: "string",
    "start-period": "string",
    "start-interval": "string",
    retries: "string",
  },
  LABEL: {},
  MAINTAINER: {},
  ONBUILD: {},
  RUN: { mount: "list", network: "string", security: "string", device: "list" },
  SHELL: {},
  STOPSIGNAL: {},
  USER: {},
  VOLUME: {},
  WORKDIR: {},
};

const DURATIONS = new Set(["interval", "timeout", "start-period", "start-interval"]);
const DURATION = /^\+?(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+$/;
const STAGE_NAME = /^[a-z][a-z0-9-_.]*$/;

/** @throws DockerfileError "syntax" for a word that is no keyword. */
export function checkKeyword(keyword: string, line: number): void {
  if (!Object.hasOwn(FLAGS, keyword.toUpperCase()))
    throw new DockerfileError("syntax", `unknown instruction: ${keyword}`, line);
}

/**
 * Refuses what BuildKit's `instructions.Parse` refuses, so that no file is rewritten that did not build.
 * What ONBUILD triggers is checked by BuildKit only where the image is used: `triggered`.
 * @throws DockerfileError "syntax"
 */
export function checkInstruction(instruction: Instruction, triggered: boolean): void {
  const { keyword, line } = instruction;
  const problem =
    pairsProblem(instruction, triggered) ??
    (triggered ? triggerProblem(keyword) : (argumentProblem(instruction) ?? flagProblem(instruction)));
  if (problem) throw new DockerfileError("syntax", `${keyword}: ${problem}`, line);
}

function triggerProblem(keyword: string): string | null {
  return keyword === "ONBUILD" || keyword === "FROM" || keyword === "MAINTAINER"
    ? "not allowed as an ONBUILD trigger"
    : null;
}

function argumentProblem({ keyword, words, json, trigger }: Instruction): string | null {
  switch (keyword) {
    case "FROM":
      if (words.length === 1) return null;
      if (words.length !== 3 || words[1]!.raw.toLowerCase() !== "as")
        return "requires either one or three arguments";
      if (!STAGE_NAME.test(words[2]!.raw.toLowerCase())) return `invalid name for a stage: ${words[2]!.raw}`;
      return null;
    case "COPY":
    case "ADD":
      if (words.length < 2) return "requires at least two arguments";
      return !json && isHeredoc(words.at(-1)!.raw) ? "the destination cannot be a heredoc" : null;
    case "SHELL":
      if (!json) return "requires the arguments to be in JSON form";
      return words.length === 0 ? "requires at least one argument" : null;
    case "VOLUME":
      if (words.some(({ value, raw }) => isEmpty(json ? value : raw)))
        return "a volume cannot be an empty string";
      return words.length === 0 ? "requires at least one argument" : null;
    case "HEALTHCHECK":
      return healthcheckProblem(
        words.map((each) => each.raw),
        json !== null,
      );
    case "ONBUILD":
      return trigger ? null : "requires at least one argument";
    case "RUN":
    case "CMD":
    case "ENTRYPOINT":
      return null;
    default:
      return words.length === 0 ? "requires at least one argument" : null;
  }
}

function isEmpty(value: string): boolean {
  return skipSpaces(value, 0, value.length) === value.length;
}

function isHeredoc(word: string): boolean {
  try {
    return heredocOpener(word) !== null;
  } catch {
    return false;
  }
}

function healthcheckProblem(words: readonly string[], json: boolean): string | null {
  const type = words[0]?.toUpperCase();
  if (type === undefined) return "requires at least one argument";
  if (type === "NONE") return words.length > 1 ? "NONE takes no arguments" : null;
  if (type !== "CMD") return `unknown type ${words[0]} (try CMD)`;
  return words.length < 2 ? `missing command after CMD${json ? " []" : ""}` : null;
}

/** ENV, LABEL and ARG take names, or `name=value`. */
function pairsProblem({ keyword, words }: Instruction, triggered: boolean): string | null {
  if (keyword !== "ENV" && keyword !== "LABEL" && keyword !== "ARG") return null;
  const [first] = words;
  if (keyword !== "ARG" && first && !first.raw.includes("="))
    return words.length < 2 ? "must have two arguments" : null;
  const odd = keyword === "ARG" ? undefined : words.find(({ raw }) => !raw.includes("="));
  if (!odd && !triggered && words.some(({ raw }) => raw.startsWith("="))) return "names can not be blank";
  return odd ? `no = in ${JSON.stringify(odd.raw)}: must be of the form name=value` : null;
}

function flagProblem(instruction: Instruction): string | null {
  const { keyword, flags, words } = instruction;
  if (flags.length === 0) return null;
  // These never look at their flags.
  if (keyword === "ARG" || keyword === "STOPSIGNAL") return null;
  if (keyword === "HEALTHCHECK" && words[0]?.raw.toUpperCase() === "NONE") return null;
  const known = FLAGS[keyword]!;
  const seen = new Set<string>();
  for (const flag of flags) {
    const type = Object.hasOwn(known, flag.name) ? known[flag.name] : undefined;
    if (!type) return `unknown flag: --${flag.name}`;
    if (type !== "list" && seen.has(flag.name)) return `duplicate flag: --${flag.name}`;
    seen.add(flag.name);
    const problem = valueProblem(flag, type);
    if (problem) return problem;
  }
  return null;
}

function valueProblem({ name, value }: Flag, type: "string" | "bool" | "list"): string | null {
  if (type === "bool") {
    if (value === null || /^(?:true|false)$/i.test(value)) return null;
    return `--${name} must be true or false, not ${value}`;
  }
  if (value === null) return `missing a value on flag: --${name}`;
  if (name === "network" && !["default", "none", "host"].includes(value))
    return `invalid network mode ${value}`;
  if (name === "security" && !["insecure", "sandbox"].includes(value))
    return `security ${value} is not valid`;
  if (name === "retries" && value !== "" && !/^\+?\d+$/.test(value))
    return `--retries must be a number, not ${value}`;
  if (DURATIONS.has(name) && value !== "" && value !== "0" && !DURATION.test(value))
    return `--${name} must be a duration, not ${value}`;
  return null;
}
