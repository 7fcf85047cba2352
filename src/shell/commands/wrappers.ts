import { words } from "../arguments.ts";
import type { Options } from "../spec.ts";
import type { ShellWord } from "../types.ts";

/** A command that runs the command in its arguments. */
export interface Wrapper extends Options {
  /** It wraps only after one of these: `poetry run`. */
  readonly sub?: readonly string[];
  /** Operands of its own before the command. */
  readonly skip?: number;
  /** With one of these options it wraps nothing: `command -v`. */
  readonly unless?: string;
  /** `NAME=value` may stand before the command. */
  readonly assignments?: boolean;
  /** Where it says which user the command runs as. */
  readonly user?: {
    readonly option?: readonly string[];
    readonly operand?: number;
    /** Who it is when nothing says. */
    readonly fixed?: string;
  };
  /** Options whose value is a script. */
  readonly script?: readonly string[];
  /** Without such an option it runs no command that is told here. */
  readonly commandless?: boolean;
  readonly background?: boolean;
  /** Option whose value is a template and the file that it becomes: `-template a.tmpl:/etc/a.conf`. */
  readonly renders?: string;
  /** Paths that it writes itself. */
  readonly writes?: readonly string[];
  /** For a command line of its own kind. */
  readonly rewrite?: (
    argv: readonly ShellWord[],
  ) => { readonly argv: readonly ShellWord[]; readonly user?: string | null } | null;
}

const rows: Readonly<Record<string, Wrapper>> = {
  // Run something in their own place, as the same user.
  [`
    nohup setsid catchsegv eatmydata fakeroot linux32 linux64 ccache sccache fakechroot busybox noglob
  `]: {},
  exec: { valued: "-a" },
  builtin: {},
  command: { unless: "-v -V" },
  time: { valued: "-o -f", unless: "-V" },
  env: { valued: "-u -C -S --unset --chdir", assignments: true },
  nice: { valued: "-n --adjustment" },
  ionice: { valued: "-c -n -p --class --classdata" },
  "taskset flock": { skip: 1, valued: "-w -E --wait" },
  numactl: { valued: "--cpunodebind --membind --interleave -N -m -i" },
  timeout: { skip: 1, valued: "-s -k --signal --kill-after" },
  stdbuf: { valued: "-i -o -e" },
  "tini tini-static docker-init": { valued: "-p -e" },
  // aerospike/tini, which maps one signal to another
  "as-tini as-tini-static": { valued: "-p -e -r -t" },
  "dumb-init": { valued: "-r --rewrite" },
  pid1: { valued: "-u -g -w -t", user: { option: ["-u"] } },
  "xvfb-run": { valued: "-n -s -e -f -p -w --server-num --server-args --error-file --auth-file" },
  strace: { valued: "-e -o -p -s" },
  gdb: { unless: "-p" },
  unshare: { valued: "-S -G" },
  authbind: {},
  scl: { sub: ["enable"], skip: 1 },
  retry: { valued: "-t -d --tries --delay" },
  "wait-for-it wait-for-it.sh wait-for wait-for.sh wait_for_it.sh": {
    valued: "-t -h -p",
    rewrite: afterDashes,
  },
  dockerize: {
    oneDash: true,
    renders: "-template",
    valued: `
        -wait -timeout -template -stdout -stderr -env -delims -wait-retry-interval -wait-http-header
        -env-section
      `,
  },
  "ddtrace-run opentelemetry-instrument": { valued: "--service_name --traces_exporter --metrics_exporter" },
  "newrelic-admin": { sub: ["run-program"] },
  doppler: { sub: ["run"] },
  dotenv: { valued: "-e -f -c" },
  "cross-env": { assignments: true },
  xargs: { valued: "-I -n -P -L -d -a -s -i --max-args --max-procs --delimiter", rewrite: xargs },
  find: { rewrite: findExec },
  "python pypy": { rewrite: pythonModule },
  "poetry pipenv uv hatch pdm rye pixi": { sub: ["run"], valued: "--with --python -p --env-file --extra -e" },
  "conda mamba micromamba": { sub: ["run"], valued: "-n -p --name --prefix --cwd" },
  bundle: { sub: ["exec"], valued: "--gemfile" },
  "npx bunx": { valued: "-p --package", writes: ["~/.npm"], unless: "-c --call" },
  "pnpm yarn": { sub: ["exec", "dlx"], valued: "-C --dir --cwd --filter" },
  "pm2-runtime": { rewrite: pm2 },

  // Run something as another user.
  "gosu su-exec s6-setuidgid setuidgid": { skip: 1, user: { operand: 0 } },
  "sudo doas": {
    valued: "-u -g -h -p -C -r -t -U --user --group --host --prompt",
    assignments: true,
    user: { option: ["-u", "--user"], fixed: "root" },
    unless: "-v -l -k",
  },
  setpriv: {
    valued: `
        --reuid --regid --groups --inh-caps --ambient-caps --bounding-set --securebits --pdeathsig
        --selinux-label --apparmor-profile --ruid --euid --rgid --egid
      `,
    user: { option: ["--reuid", "--ruid", "--euid"] },
  },
  chpst: {
    valued: "-u -U -e -/ -n -l -L -m -d -o -p -f -c -b -C",
    user: { option: ["-u", "-U"] },
  },
  chroot: { skip: 1, valued: "--userspec --groups", user: { option: ["--userspec"] } },
  su: {
    valued: "-c -s -g -G -w --command --shell --group --supp-group --whitelist-environment",
    script: ["-c", "--command"],
    user: { operand: 0, fixed: "root" },
    commandless: true,
  },
  runuser: {
    valued: "-c -s -u -g -G -w --command --shell --user --group --supp-group",
    script: ["-c", "--command"],
    user: { option: ["-u", "--user"], operand: 0, fixed: "root" },
  },
  // `set -- gosu app "$@"` makes the command that `exec "$@"` runs later.
  set: { rewrite: setArguments },
  "start-stop-daemon": { rewrite: startStopDaemon },
};

export const WRAPPERS: ReadonlyMap<string, Wrapper> = new Map(
  Object.entries(rows).flatMap(([names, row]) => words(names).map((name) => [name, row] as const)),
);

function afterDashes(argv: readonly ShellWord[]): { argv: readonly ShellWord[] } | null {
  const at = argv.findIndex((word) => word.value === "--");
  return at < 0 ? null : { argv: argv.slice(at + 1) };
}

function at(argv: readonly ShellWord[], ...names: readonly string[]): number {
  return argv.findIndex((word) => word.value !== null && names.includes(word.value));
}

/** A word that stands for what is not written: the arguments that xargs adds. */
function unknownWord(near: ShellWord, prefix: string): ShellWord {
  return {
    raw: "",
    value: null,
    prefix,
    glob: prefix === "" ? null : `${prefix}*`,
    start: near.end,
    end: near.end,
  };
}

const XARGS_VALUED = new Set(["-I", "-n", "-P", "-L", "-d", "-a", "-s", "--max-args", "--max-procs"]);

function xargs(argv: readonly ShellWord[]): { argv: readonly ShellWord[] } | null {
  let index = 1;
  while (index < argv.length && argv[index]!.prefix.startsWith("-")) {
    index += XARGS_VALUED.has(argv[index]!.value ?? "") ? 2 : 1;
  }
  if (index >= argv.length) return null;
  const inner = argv.slice(index);
  return { argv: [...inner, unknownWord(inner.at(-1)!, "")] };
}

/** `find /x -exec chmod 644 {} +`: the command on what is below the starting point. */
function findExec(argv: readonly ShellWord[]): { argv: readonly ShellWord[] } | null {
  const from = at(argv, "-exec", "-execdir", "-ok");
  if (from < 0) return null;
  const rest = argv.slice(from + 1);
  const to = rest.findIndex((word) => word.value === ";" || word.value === "+");
  const start = argv[1]?.prefix ?? "";
  const below = start.startsWith("-") || start === "" ? "./" : start.endsWith("/") ? start : `${start}/`;
  return {
    argv: (to < 0 ? rest : rest.slice(0, to)).map((word) =>
      word.raw.includes("{}") ? unknownWord(word, below) : word,
    ),
  };
}

/** `python -m pip`: the module, in the directory of the interpreter, which tells a venv from the system. */
function pythonModule(argv: readonly ShellWord[]): { argv: readonly ShellWord[] } | null {
  let index = 1;
  while (/^-[bBdEiIOsSuvxqPWX]/.test(argv[index]?.value ?? "")) {
    index += /^-[WX]$/.test(argv[index]!.value!) ? 2 : 1;
  }
  const module = argv[index + 1];
  if (argv[index]?.value !== "-m" || module === undefined) return null;
  const interpreter = argv[0]!.value ?? "";
  const directory = interpreter.slice(0, interpreter.lastIndexOf("/") + 1);
  if (module.value === null) return null;
  const name = directory + module.value;
  const first: ShellWord = {
    raw: module.raw,
    value: name,
    prefix: name,
    start: module.start,
    end: module.end,
  };
  return { argv: [first, ...argv.slice(index + 2)] };
}

const STEPS_DOWN = new Set([
  "gosu",
  "su-exec",
  "setpriv",
  "s6-setuidgid",
  "chpst",
  "runuser",
  "su",
  "sudo",
  "tini",
]);

function setArguments(argv: readonly ShellWord[]): { argv: readonly ShellWord[] } | null {
  return argv[1]?.value === "--" && STEPS_DOWN.has(argv[2]?.value ?? "") ? { argv: argv.slice(2) } : null;
}

function pm2(argv: readonly ShellWord[]): { argv: readonly ShellWord[] } | null {
  const index = at(argv, "start") < 0 ? 1 : at(argv, "start") + 1;
  const script = argv[index];
  if (script === undefined || !/\.[cm]?js$/.test(script.value ?? "")) return null;
  const node: ShellWord = { ...script, raw: "node", value: "node", prefix: "node", end: script.start };
  return { argv: [node, script] };
}

function startStopDaemon(
  argv: readonly ShellWord[],
): { argv: readonly ShellWord[]; user?: string | null } | null {
  const exec = optionAt(argv, "-x", "--exec", "-a", "--startas");
  if (exec === null) return null;
  const user = optionAt(argv, "-c", "--chuid", "-u", "--user");
  const dashes = at(argv, "--");
  return {
    argv: [exec, ...(dashes < 0 ? [] : argv.slice(dashes + 1))],
    ...(user !== null && { user: user.value?.split(":", 1)[0] ?? null }),
  };
}

function optionAt(argv: readonly ShellWord[], ...names: readonly string[]): ShellWord | null {
  const index = at(argv, ...names);
  return index < 0 ? null : (argv[index + 1] ?? null);
}
