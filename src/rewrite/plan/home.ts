import { type ImageModel, type Step, isInside, startCommands } from "../../analysis/index.ts";
import type { Surroundings } from "../../companions/index.ts";
import { unwrap } from "../../shell/index.ts";
import type { Edit, Evidence, Reason } from "../types.ts";
import type { PlannedAccount } from "./account.ts";
import { cachingTools, startedTools } from "./build-tools.ts";
import { fetchedIntoHome } from "./downloads.ts";
import { joined, type Sign, type Wanted } from "./written/index.ts";

/** Files under /root that the app needs, moved to the account's home. */
export interface HomeMove {
  readonly to: string;
  readonly edits: readonly Edit[];
  /** HOME and its like, set early, so that steps which install below it put their files there. */
  readonly env: readonly string[];
  readonly evidence: readonly Evidence[];
  /** Below the new home: what steps run as root leave there. */
  readonly written: ReadonlyMap<string, Wanted>;
  /** The same, where the steps that fill them are known. */
  readonly filled: ReadonlyMap<string, Wanted>;
  /** Which steps these are, where their effects do not tell. */
  readonly fillers: ReadonlyMap<string, readonly Step[]>;
}

/** Evidence: what stood there while the step ran is gone afterwards, and with BuildKit so is the directory. */
const MOUNTED = "a cache is mounted in it";
/** Evidence: what stands there belongs to root, even where a COPY puts something beside it. */
const FILLED = "a step fills the tool's cache";

/** Programs that read or write below HOME when they run. */
const USES_HOME =
  /^(npm|npx|yarn|pnpm|node|nodejs|bun|deno|python\d?(\.\d+)?|pip\d?|flask|gunicorn|uvicorn|celery|django-admin|streamlit|jupyter(-\w+)?|java|mvn|gradle|dotnet|ruby|bundle|rails|rackup|puma|php|composer|perl|R|Rscript|julia|go|cargo|git|ssh|aws|kubectl|helm|terraform|ansible.*|sh|bash|ash|pm2.*|supervisord|mix|iex|elixir|erl)$/;

/** Where a path below /root stands afterwards. */
export function movedHome(path: string, home: HomeMove | null): string {
  return home && isInside(path, "/root") ? home.to + path.slice("/root".length) : path;
}

/** Whether what the container starts may look for a home directory. Single binaries do without. */
export function needsHome(model: ImageModel): boolean {
  const commands = startCommands(model);
  if (commands.length === 0) return true;
  return commands.some((command) =>
    unwrap(command).some(
      ({ command: inner }) =>
        inner.name === null || USES_HOME.test(inner.name) || /\.(sh|py|js|rb|pl|jar)$/.test(inner.name),
    ),
  );
}

export type RootHomeUse =
  | { readonly kind: "none" }
  | { readonly kind: "move"; readonly uses: readonly RootHomeSite[] }
  | { readonly kind: "unclear"; readonly line: number; readonly why: string };

export interface RootHomeSite {
  readonly step: Step;
  readonly start: number;
  readonly end: number;
}

const MENTION = /(?<![\w./-])\/root(?![\w.-])/g;

/**
 * How the image that runs uses root's home. Only what it keeps counts: a cache mount or a file that the same step
 * deletes does not.
 */
export function rootHomeUse(model: ImageModel, frameworks: readonly string[]): RootHomeUse {
  const uses: RootHomeSite[] = [];
  const kept = startedTools(model).map((tool) => `/root/${tool.cache}`);
  for (const step of model.steps) {
    const { instruction } = step;
    if (!step.root && instruction.keyword === "RUN") continue;
    if (instruction.keyword === "FROM" || instruction.keyword === "LABEL" || instruction.keyword === "USER")
      continue;
    if (instruction.keyword === "RUN") {
      const install =
        installsBelowHome(model, step, kept) ||
        (step.stage === model.target && fetchedIntoHome(model, step, frameworks).length > 0);
      if (install) uses.push({ step, start: instruction.start, end: instruction.start });
      if (!keepsRootFiles(step)) continue;
    }
    for (const range of literalMentions(model, step)) uses.push({ step, ...range });
  }
  if (uses.length === 0) return { kind: "none" };
  const links = model.steps.find(
    (step) => step.copy?.link && step.copy.destination && isInside(step.copy.destination, "/root"),
  );
  if (links) return { kind: "unclear", line: links.instruction.line, why: "COPY --link into /root" };
  return { kind: "move", uses };
}

/** @param kept caches that what starts will read. */
function installsBelowHome(model: ImageModel, step: Step, kept: readonly string[]): boolean {
  if (cachingTools(model, step).some((tool) => kept.includes(`/root/${tool.cache}`))) return true;
  return step.effects.some((effects) =>
    effects.writes.some(
      (write) =>
        write.kind !== "delete" &&
        (isInside(write.path, "/root") || write.path.startsWith("~")) &&
        !CACHES.test(write.path),
    ),
  );
}

/** Caches and logs that nothing reads later. */
const CACHES =
  /\/\.(cache|bundle|composer|npm|yarn|cargo\/registry|gnupg|wget-hsts|bash_history|pip|gem|composer\/cache|profile|bashrc|bash_profile|bash_aliases|bash_logout|vimrc|screenrc|tmux\.conf|inputrc|zshrc|wgetrc|curlrc|gitconfig|ssh|subversion|pki|dbus|m2|gradle|ivy2|sbt|nuget|local\/share\/(NuGet|Trash)|config\/(pip|configstore))(\/|$)/;

/** A step that only cleans below /root, or mounts a cache there, leaves nothing the app could need. */
function keepsRootFiles(step: Step): boolean {
  if (step.opaque) return true;
  return step.commands.some((command, index) => {
    const mentions = command.argv.some((word) => /(^|[=:\s"'])\/root(\/|["'\s]|$)/.test(word.raw));
    const { writes } = step.effects[index]!;
    return (
      mentions && command.name !== "rm" && (writes.length === 0 || writes.some((w) => w.kind !== "delete"))
    );
  });
}

function literalMentions(model: ImageModel, step: Step): { start: number; end: number }[] {
  const { instruction, copy } = step;
  const { text } = model.dockerfile;
  const ranges: { start: number; end: number }[] = [];
  const scan = (start: number, end: number) => {
    for (const match of text.slice(start, end).matchAll(MENTION)) {
      ranges.push({ start: start + match.index, end: start + match.index + match[0].length });
    }
  };
  if (copy) {
    // The sources of COPY --from stand in another stage, whose /root stays where it is.
    const last = instruction.json
      ? instruction.json[instruction.json.length - 1]
      : instruction.words[instruction.words.length - 1];
    if (last) scan(last.start, last.end);
    return ranges;
  }
  for (const word of instruction.json ?? instruction.words) scan(word.start, word.end);
  if (ranges.length === 0) scan(instruction.keywordRange.end, instruction.end);
  return ranges.filter(
    (range) => !instruction.flags.some((flag) => range.start >= flag.start && range.end <= flag.end),
  );
}

/** Plans the move, or says why it cannot be made whole. */
export function planHomeMove(
  model: ImageModel,
  path: string,
  use: Extract<RootHomeUse, { kind: "move" }>,
  account: PlannedAccount,
  around: Surroundings,
): HomeMove | Reason {
  const home = account.home;
  const first = use.uses[0]!.step.instruction;
  if (
    home === null ||
    !home.startsWith("/") ||
    home === "/" ||
    home === "/nonexistent" ||
    isInside(home, "/root")
  ) {
    return {
      code: "root-home",
      message: `It keeps files in /root, which only root can enter, and ${account.name ?? "the account"} has no home to move them to.`,
      remedy: "Move them to a directory of the app's own, such as /app.",
      line: first.line,
    };
  }
  const edits: Edit[] = [];
  const evidence: Evidence[] = [];
  for (const { step, start, end } of use.uses) {
    if (end > start) edits.push({ path, start, end, text: home });
    const says = end > start ? "names /root" : "installs below HOME";
    evidence.push({ source: "dockerfile", where: path, line: step.instruction.line, says });
  }
  const written = pointedAt(model, path, home);
  const filled = new Map<string, Wanted>();
  const fillers = new Map<string, Step[]>();
  edits.push(...inScripts(around, home));
  const setsHome = model.final.env.get("HOME") === undefined;
  for (const mount of setsHome ? mountsInRoot(model) : []) {
    edits.push({ path, start: mount.start, end: mount.start + "/root".length, text: home });
    if (mount.type === "cache") want(written, mount.target, path, mount.step, MOUNTED, "mounted");
  }
  const env = setsHome ? [`HOME=${home}`] : [];
  for (const step of model.steps) {
    if (step.stage !== model.target || !step.root) continue;
    for (const directory of fetchedIntoHome(model, step, around.source.frameworks)) {
      want(filled, `/root/${directory}`, path, step, "a step fetches what the app reads there", "filled");
      fillers.set(`${home}/${directory}`, [...(fillers.get(`${home}/${directory}`) ?? []), step]);
    }
    for (const { variable, cache } of cachingTools(model, step)) {
      want(filled, `/root/${cache}`, path, step, FILLED, "filled");
      if (!variable || env.some((line) => line.startsWith(`${variable.name}=`))) continue;
      if (model.final.env.has(variable.name)) return javaHome(step, variable.name);
      env.push(`${variable.name}=${variable.value(home)}`);
    }
    const target = step.copy?.destination;
    if (target && isInside(target, "/root/.ssh"))
      want(written, target, path, step, "ssh keeps its hosts there", "written");
  }
  return { to: home, edits, written, filled, fillers, env, evidence };

  function want(
    to: Map<string, Wanted>,
    target: string,
    where: string,
    step: Step,
    says: string,
    sign: Sign,
  ): void {
    const top = home + target.slice("/root".length).split("/").slice(0, 2).join("/");
    const found: Evidence = { source: "dockerfile", where, line: step.instruction.line, says };
    to.set(top, joined(to.get(top), { file: false, evidence: [found], signs: new Set([sign]) }));
  }
}

function javaHome(step: Step, variable: string): Reason {
  return {
    code: "root-home",
    message: `A step fills a cache in /root, and ${variable}, which could move it, is set already.`,
    remedy: `Add the new home to ${variable}.`,
    line: step.instruction.line,
  };
}

interface MountInRoot {
  readonly step: Step;
  readonly type: string;
  readonly target: string;
  /** Where `/root` stands in the source. */
  readonly start: number;
}

/** `RUN --mount=type=cache,target=/root/.cache`: what is mounted below the home has to follow it. */
function mountsInRoot(model: ImageModel): MountInRoot[] {
  return model.steps.flatMap((step) =>
    step.stage !== model.target || !step.root
      ? []
      : step.instruction.flags.flatMap((flag): MountInRoot[] => {
          const match = /(?:^|,)(?:target|dst|destination)=(\/root(?:\/[^,]*)?)(?=,|$)/.exec(
            flag.value ?? "",
          );
          if (flag.name !== "mount" || !flag.valueRange || !match) return [];
          const type = /(?:^|,)type=(\w+)/.exec(flag.value!)?.[1] ?? "bind";
          const start = flag.valueRange.start + match.index + match[0].indexOf("/root");
          return [{ step, type, target: match[1]!, start }];
        }),
  );
}

/** Names of directories that hold programs, which are read and not written. */
const TOOLCHAIN =
  /^PATH$|POETRY|NVM|CARGO|RUSTUP|PYENV|JAVA|GOPATH|GOROOT|ANDROID|SDK|CONDA|BUN|PNPM|VOLTA|NODE_PATH|PYTHONPATH|BIN/;

/** Variables such as HF_HOME or npm_config_cache that point below /root: as paths below the new home. */
function pointedAt(model: ImageModel, file: string, home: string): Map<string, Wanted> {
  const left = new Map<string, Wanted>();
  for (const [name, { value, instruction }] of model.final.env) {
    if (
      value === null ||
      value === "/root" ||
      !isInside(value, "/root") ||
      !/(cache|home|dir|data|path)$/i.test(name) ||
      TOOLCHAIN.test(name)
    )
      continue;
    const evidence: Evidence = {
      source: "dockerfile",
      where: file,
      line: instruction.line,
      says: `${name} points to ${value}`,
    };
    left.set(home + value.slice("/root".length), {
      file: false,
      evidence: [evidence],
      signs: new Set(["written"]),
    });
  }
  return left;
}

/** Where a start script names /root. */
function inScripts(around: Surroundings, home: string): Edit[] {
  const edits: Edit[] = [];
  for (const { script, file, text } of around.scripts) {
    for (const command of script.commands) {
      const words = [
        ...command.argv,
        ...command.redirects.map((r) => r.target),
        ...command.assignments.map((a) => a.value),
      ];
      for (const word of words) {
        for (const match of text.slice(word.start, word.end).matchAll(MENTION)) {
          const start = word.start + match.index;
          if (!edits.some((e) => e.path === file && e.start === start))
            edits.push({ path: file, start, end: start + match[0].length, text: home });
        }
      }
    }
  }
  return edits;
}
