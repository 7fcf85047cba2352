/** The addresses git itself asks for, the same on every forge: `/owner/name.git/info/refs` and its two services. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { may, permission } from "../world/access.ts";
import { refMoved } from "../world/refs.ts";
import type { World } from "../world/world.ts";
import type { Calls } from "./calls.ts";
import { serveGit } from "./http-backend.ts";
import { basicOrBearer, type Tokens } from "./tokens.ts";

export interface GitRoute {
  readonly owner: string;
  readonly name: string;
  /** `/info/refs`, `/git-upload-pack`, `/git-receive-pack`. */
  readonly service: string;
}

export function gitRoute(path: string): GitRoute | null {
  const match = /^\/(.+)\/([^/]+?)(?:\.git)?(\/info\/refs|\/git-upload-pack|\/git-receive-pack)$/.exec(path);
  return match && { owner: match[1]!, name: match[2]!, service: match[3]! };
}

export async function answerGit(
  { world, tokens, calls }: { readonly world: World; readonly tokens: Tokens; readonly calls: Calls },
  message: IncomingMessage,
  response: ServerResponse,
  { owner, name, service }: GitRoute,
): Promise<void> {
  const url = new URL(message.url!, "http://127.0.0.1");
  const token = tokens.find(basicOrBearer(message.headers.authorization) ?? "");
  const write = service === "/git-receive-pack" || url.searchParams.get("service") === "git-receive-pack";
  const done = (status: number): void =>
    calls.add({
      kind: "git",
      method: message.method ?? "GET",
      path: `${url.pathname}${url.search}`,
      route: `git ${service.slice(1)}`,
      write: service === "/git-receive-pack",
      login: token?.account.login ?? null,
      status,
      fault: null,
      at: world.clock.now(),
      bytes: 0,
    });
  const refuse = (status: number, text: string, headers: Record<string, string> = {}): void => {
    done(status);
    response.writeHead(status, headers).end(text);
  };
  const repository = world.repository(owner, name);
  const seen = repository && permission(repository, token?.account ?? null) !== null;
  if (!token && (write || !seen)) return refuse(401, "", { "www-authenticate": 'Basic realm="forge"' });
  if (!repository || !seen) return refuse(404, "Repository not found.");
  if (write && (!may(repository, token!.account, "write") || repository.archived))
    return refuse(403, "Write access to repository not granted.");
  const before = new Map(repository.git.refs());
  await serveGit(repository.git, service, token?.account.login ?? null, message, response);
  const after = new Map(repository.git.refs());
  for (const ref of new Set([...before.keys(), ...after.keys()]))
    if (before.get(ref) !== after.get(ref)) refMoved(world, repository, ref);
  done(response.statusCode);
}
