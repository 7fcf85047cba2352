/** Routes by the names the forge's documentation gives them: `GET /repos/{owner}/{repo}/git/ref/{ref}`. */
import type { Handler } from "./exchange.ts";

export interface Match {
  readonly route: string;
  readonly handler: Handler;
  readonly params: Readonly<Record<string, string>>;
}

interface Compiled {
  readonly route: string;
  readonly method: string;
  readonly pattern: RegExp;
  readonly names: readonly string[];
  readonly handler: Handler;
}

export class Router {
  readonly #routes: Compiled[];

  /** @param greedy placeholders that may hold slashes: `ref`, `path` … */
  constructor(routes: Readonly<Record<string, Handler>>, greedy: ReadonlySet<string>) {
    this.#routes = Object.entries(routes).map(([route, handler]) => {
      const [method, path] = route.split(" ") as [string, string];
      const names: string[] = [];
      const source = path
        .split(/(\{[^}]+\})/)
        .map((part) => {
          if (!part.startsWith("{")) return part.replaceAll(/[.*+?^$()|[\]\\]/g, "\\$&");
          const name = part.slice(1, -1);
          names.push(name);
          return greedy.has(name) ? "(.+?)" : "([^/]+)";
        })
        .join("");
      return { route, method, pattern: new RegExp(`^${source}/?$`), names, handler };
    });
  }

  /** @param path still percent-encoded, without query. */
  find(method: string, path: string): Match | null {
    for (const { route, method: wanted, pattern, names, handler } of this.#routes) {
      if (wanted !== method && !(method === "HEAD" && wanted === "GET")) continue;
      const match = pattern.exec(path);
      if (!match) continue;
      const params = Object.fromEntries(names.map((name, i) => [name, decodeURIComponent(match[i + 1]!)]));
      return { route, handler, params };
    }
    return null;
  }
}
