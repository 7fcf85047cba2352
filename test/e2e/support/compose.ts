import { spawnSync } from "node:child_process";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import http from "node:http";
import https from "node:https";
import { createServer, type AddressInfo } from "node:net";
import { join, relative } from "node:path";

/** Why projects cannot be started with `docker compose` here; null where they can. */
export function missingCompose(): string | null {
  const { status, stderr, error } = spawnSync("docker", ["compose", "version"], { encoding: "utf8" });
  return status === 0 ? null : `docker compose does not answer: ${error?.message ?? stderr.trim()}`;
}

/** A compose project on disk, started under a name of its own. */
export class ComposeProject {
  private readonly folder: string;
  private readonly name: string;
  private readonly files: string[];

  constructor(folder: string, name: string) {
    this.folder = folder;
    this.name = name;
    this.files = ["-f", "compose.yaml"];
  }

  /** Every service without capabilities, and ports below 1024 closed for it, as in Kubernetes. */
  restrict(services: readonly string[]): void {
    const restricted = services.map((service) =>
      [
        `  ${service}:`,
        "    cap_drop: [ALL]",
        "    security_opt: [no-new-privileges:true]",
        "    sysctls: { net.ipv4.ip_unprivileged_port_start: 1024 }",
      ].join("\n"),
    );
    writeFileSync(join(this.folder, "restricted.yaml"), `services:\n${restricted.join("\n")}\n`);
    this.files.push("-f", "restricted.yaml");
  }

  up(): void {
    this.compose("up", "--build", "--detach", "--quiet-pull");
  }

  down(): void {
    this.compose("down", "--volumes", "--rmi", "local", "--timeout", "1");
  }

  logs(): string {
    return this.compose("logs", "--no-color");
  }

  /** The user that each service's image runs as. */
  users(services: readonly string[]): Record<string, string> {
    return Object.fromEntries(
      services.map((service) => {
        const id = this.compose("ps", "--quiet", service).trim();
        const { stdout } = spawnSync("docker", ["inspect", "--format", "{{.Config.User}}", id], {
          encoding: "utf8",
        });
        return [service, stdout.trim()];
      }),
    );
  }

  private compose(...args: string[]): string {
    const { status, stdout, stderr } = spawnSync(
      "docker",
      ["compose", "-p", this.name, ...this.files, ...args],
      { cwd: this.folder, encoding: "utf8", maxBuffer: 64 * 1024 * 1024 },
    );
    if (status !== 0) throw new Error(`docker compose ${args[0]} failed:\n${stderr.slice(-4000)}`);
    return stdout;
  }
}

export interface Answer {
  readonly status: number;
  readonly location: string | null;
  readonly body: string;
}

/** Asks until somebody answers; a connection that is refused is asked again for `patience` milliseconds. */
export async function ask(url: string, patience = 60_000): Promise<Answer> {
  for (const end = Date.now() + patience; ; await new Promise((done) => setTimeout(done, 300))) {
    try {
      const answer = await once(url);
      // A proxy answers before what it hands on to is up.
      if (answer.status < 502 || Date.now() > end) return answer;
    } catch (error) {
      if (Date.now() > end) throw new Error(`${url}: ${(error as Error).message}`, { cause: error });
    }
  }
}

function once(url: string): Promise<Answer> {
  return new Promise((done, fail) => {
    const { get } = url.startsWith("https:") ? https : http;
    const request = get(url, { rejectUnauthorized: false, timeout: 5000 }, (response) => {
      let body = "";
      response.setEncoding("utf8");
      response.on("data", (part: string) => (body += part));
      response.on("error", fail);
      response.on("end", () =>
        done({ status: response.statusCode!, location: response.headers.location ?? null, body }),
      );
    });
    request.on("error", fail);
    request.on("timeout", () => request.destroy(new Error("no answer in 5 seconds")));
  });
}

/** A port of this machine that nobody listens on now. */
export function freePort(): Promise<number> {
  return new Promise((done) => {
    const server = createServer().listen(0, () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => done(port));
    });
  });
}

/** The texts of a folder, by their paths below `at`. */
export function textsOf(folder: string, at: string): Record<string, string> {
  return Object.fromEntries(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => {
        const path = join(entry.parentPath, entry.name);
        return [join(at, relative(folder, path)), readFileSync(path, "utf8")];
      }),
  );
}
