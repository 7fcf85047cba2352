/** `git clone`, `fetch` and `push` over HTTP, through git's own CGI program. */
import { spawn } from "node:child_process";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { GitRepository } from "../git/repository.ts";

/** Resolves when git is done; its answer has then been sent. */
export async function serveGit(
  git: GitRepository,
  service: string,
  user: string | null,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const directory = git.materialise();
  const url = new URL(request.url!, "http://localhost");
  const child = spawn("git", ["http-backend"], {
    stdio: ["pipe", "pipe", "ignore"],
    env: {
      PATH: process.env["PATH"],
      GIT_PROJECT_ROOT: directory,
      GIT_HTTP_EXPORT_ALL: "1",
      // Repositories belong to whoever runs the tests.
      GIT_CONFIG_COUNT: "1",
      GIT_CONFIG_KEY_0: "safe.directory",
      GIT_CONFIG_VALUE_0: "*",
      PATH_INFO: service,
      QUERY_STRING: url.searchParams.toString(),
      REQUEST_METHOD: request.method,
      CONTENT_TYPE: request.headers["content-type"] ?? "",
      CONTENT_LENGTH: request.headers["content-length"] ?? "",
      HTTP_CONTENT_ENCODING: request.headers["content-encoding"] ?? "",
      GIT_PROTOCOL: String(request.headers["git-protocol"] ?? ""),
      REMOTE_ADDR: "127.0.0.1",
      ...(user === null ? {} : { REMOTE_USER: user }),
    },
  });
  request.pipe(child.stdin);
  child.stdin.on("error", () => undefined);
  let head: Buffer | null = Buffer.alloc(0);
  child.stdout.on("data", (chunk: Buffer) => {
    if (head === null) return void response.write(chunk);
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf("\r\n\r\n");
    if (end < 0) return;
    for (const line of head.toString("latin1", 0, end).split("\r\n")) {
      const [name, value] = line.split(/:\s*/, 2) as [string, string];
      if (name.toLowerCase() === "status") response.statusCode = Number.parseInt(value, 10);
      else response.setHeader(name, value);
    }
    response.write(head.subarray(end + 4));
    head = null;
  });
  await new Promise((done) => child.on("close", done));
  git.reload();
  response.end();
}
