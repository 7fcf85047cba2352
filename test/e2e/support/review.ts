import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach } from "vitest";

const DEROOT = fileURLToPath(new URL("../../../dist/deroot.js", import.meta.url));

export interface Review {
  readonly url: string;
  readonly folder: string;
  readonly process: ChildProcess;
  /** Exit code; null when a signal ended it. */
  readonly ended: Promise<number | null>;
  read(path: string): string;
}

const started: Review[] = [];
afterEach(async () => {
  for (const review of started.splice(0)) {
    review.process.kill("SIGKILL");
    await review.ended;
    rmSync(review.folder, { recursive: true, force: true });
  }
});

/** `deroot review --web` in a repository with these files, all of them committed. */
export async function review(
  files: Readonly<Record<string, string>>,
  args: readonly string[] = [],
  env: NodeJS.ProcessEnv = process.env,
): Promise<Review> {
  const folder = repository(files);
  const child = spawn(process.execPath, [DEROOT, "review", "--web", "--no-open", ...args], {
    cwd: folder,
    env,
  });
  let said = "";
  const ended = new Promise<number | null>((done) => child.on("close", (code) => done(code)));
  const url = await new Promise<string>((done, fail) => {
    child.stdout.on("data", (chunk: Buffer) => {
      said += chunk.toString();
      const address = /http:\S+/.exec(said)?.[0];
      if (address !== undefined && said.includes("\n")) done(address);
    });
    child.stderr.on("data", (chunk: Buffer) => (said += chunk.toString()));
    child.on("close", () => fail(new Error(`deroot review ended: ${said}`)));
  });
  const made = {
    url,
    folder,
    process: child,
    ended,
    read: (path: string) => readFileSync(join(folder, path), "utf8"),
  };
  started.push(made);
  return made;
}

export function repository(files: Readonly<Record<string, string>>): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "deroot-review-")));
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  const git = (...args: string[]) => execFileSync("git", args, { cwd: folder, stdio: "ignore" });
  git("init", "--quiet");
  git("add", "--all");
  git("-c", "user.name=x", "-c", "user.email=x@example.com", "commit", "--quiet", "--message", "x");
  return folder;
}

/** Runs deroot to its end; what it printed on standard output. */
export function deroot(folder: string, ...args: string[]): string {
  return execFileSync(process.execPath, [DEROOT, ...args], {
    cwd: folder,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
}

export const WEB = `FROM python:3.11-slim

WORKDIR /app

COPY requirements.txt /app/requirements.txt
RUN pip install -r requirements.txt

COPY . /app

EXPOSE 80
CMD ["gunicorn", "app:app", "-b", "0.0.0.0:80"]
`;

export const COMPOSE = `services:
  web:
    build: ./web
    ports:
      - "5000:80"
`;

/** A service whose port is named in two files, one that keeps root, and one that is fine. */
export const PROJECT = {
  "web/Dockerfile": WEB,
  "web/requirements.txt": "gunicorn\n",
  "compose.yaml": COMPOSE,
  "cron/Dockerfile": "FROM alpine:3.20\nCMD crond -f\n",
  "fine/Dockerfile": "FROM node:20\nUSER node\nCMD node .\n",
};
