import { spawn } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** What a container engine makes of a Dockerfile, without building it. */
export interface EngineAnswer {
  /** The names of the targets, empty for none; null where the engine refuses the file. */
  targets: string[] | null;
}

/** The option that lists targets: `--call` since buildx 0.15, `--print` in experimental ones before. */
const OPTIONS = ["--call=targets,format=json", "--print=targets,format=json"];

export interface Engine {
  /** An answer for each path; null once the engine has left one unanswered. */
  askAll(paths: readonly string[]): Promise<(EngineAnswer | null)[]>;
}

const PATIENCE_MS = 15_000;

/** The engine that answers here, or null. */
export async function findEngine(probe: string): Promise<Engine | null> {
  const context = mkdtempSync(join(tmpdir(), "deroot-compat-"));
  for (const option of OPTIONS) {
    const ask = (path: string) => targetsOf(option, path, context);
    const answer: EngineAnswer | null = await ask(probe).catch(() => null);
    if (answer?.targets) return { askAll: (paths) => askAll(paths, ask) };
  }
  return null;
}

async function askAll(
  paths: readonly string[],
  ask: (path: string) => Promise<EngineAnswer>,
): Promise<(EngineAnswer | null)[]> {
  const answers: (EngineAnswer | null)[] = paths.map(() => null);
  let next = 0;
  let silent = false;
  const worker = async () => {
    for (let at = next++; at < paths.length && !silent; at = next++) {
      answers[at] = await ask(paths[at]!).catch(() => null);
      silent ||= answers[at] === null;
    }
  };
  await Promise.all([worker(), worker(), worker(), worker()]);
  return answers;
}

function targetsOf(option: string, path: string, context: string): Promise<EngineAnswer> {
  const env = { ...process.env, BUILDX_EXPERIMENTAL: "1" };
  const command = ["buildx", "build", option, "-f", path, context];
  return new Promise((resolve, reject) => {
    // A group of its own: docker runs buildx as another process, which must not outlive the wait.
    const child = spawn("docker", command, { env, detached: true, stdio: ["ignore", "pipe", "ignore"] });
    const timer = setTimeout(() => {
      if (child.pid) process.kill(-child.pid, "SIGKILL");
      reject(new Error(`no answer about ${path}`));
    }, PATIENCE_MS);
    let output = "";
    child.stdout.on("data", (data: Buffer) => (output += data.toString()));
    child.on("error", reject);
    child.on("close", (code) => {
      clearTimeout(timer);
      if (code !== 0) return resolve({ targets: null });
      // A file without stages has null for targets, and no build.
      const { targets } = JSON.parse(output) as { targets: { name?: string }[] | null };
      resolve({ targets: targets?.map(({ name }) => name ?? "") ?? null });
    });
  });
}
