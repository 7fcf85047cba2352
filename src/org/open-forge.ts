/** The forge that an address and the environment stand for. */
import { OrgError } from "./errors.ts";
import type { Forge } from "./forge.ts";
import type { Conditional } from "./conditional.ts";
import type { Wait, WriteGate } from "./limits.ts";
import type { ObjectCache } from "./objects.ts";

export interface ForgeSettings {
  readonly kind: Forge["kind"];
  /** Of the API; null for the public one. */
  readonly apiUrl: string | null;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly owner: string | null;
  readonly gate: WriteGate;
  readonly signal: AbortSignal;
  readonly onWait: (wait: Wait) => void;
  readonly userAgent: string;
  /** Seconds between two writes. */
  readonly writeGap: number;
  readonly objects: ObjectCache;
  readonly conditional: Conditional;
}

/** The key under which a forge is remembered; see {@link Forge.host}. */
export function hostOf(kind: Forge["kind"], apiUrl: string | null): string {
  const { host } = new URL(apiUrl ?? PUBLIC[kind]);
  return host === "api.github.com" ? "github.com" : host;
}

export function checkApiUrl(apiUrl: string): string {
  let url: URL;
  try {
    url = new URL(apiUrl);
  } catch {
    throw new OrgError(`--api-url: ${apiUrl} is no address`, EXAMPLES);
  }
  const isLoopback = ["localhost", "127.0.0.1", "[::1]"].includes(url.hostname);
  if (url.protocol !== "https:" && !(url.protocol === "http:" && isLoopback))
    throw new OrgError("--api-url: the token would be sent in the clear", `Use https. ${EXAMPLES}`);
  if (url.username !== "" || url.password !== "")
    throw new OrgError(
      "--api-url: it holds a password",
      "Put the token into the environment: GITHUB_TOKEN or GITLAB_TOKEN.",
    );
  return apiUrl.replace(/\/+$/, "");
}

export async function openForge(settings: ForgeSettings): Promise<Forge> {
  const { kind, env, owner, writeGap, objects, ...rest } = settings;
  const apiUrl = settings.apiUrl ?? PUBLIC[kind];
  const options = { ...rest, apiUrl, cache: objects, writeGapMs: writeGap * 1000, ...PATIENCE };
  if (kind === "gitlab") {
    const { gitLab, gitLabToken } = await import("./gitlab/index.ts");
    return gitLab({ ...options, token: gitLabToken(env) });
  }
  const { gitHub, gitHubAuth } = await import("./github/index.ts");
  return gitHub({ ...options, auth: await gitHubAuth(env, apiUrl, owner) });
}

const PUBLIC = { github: "https://api.github.com", gitlab: "https://gitlab.com" } as const;
const EXAMPLES =
  "For example https://github.example.com/api/v3, or https://gitlab.example.com with --forge gitlab.";
/** A primary limit lasts an hour at most. */
const PATIENCE = { timeoutMs: 60_000, patienceMs: 2 * 60 * 60 * 1000, secondMs: 1000 };
