/** How deroot signs in to GitHub: a token, the one of `gh`, or an App. */
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { createAppAuth } from "@octokit/auth-app";
import { Octokit } from "@octokit/core";
import { ForgeError } from "../forge.ts";
import { redact, tokenIn } from "../secrets.ts";
import { forgeError, SIGN_IN } from "./errors.ts";

export interface GitHubAuth {
  readonly kind: "token" | "app";
  /** Options for octokit. Never printed. */
  readonly strategy: object;
  /** An App speaks as its bot, with the permissions of its installation. */
  readonly app: { readonly login: string; readonly permissions: Readonly<Record<string, string>> } | null;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * `GITHUB_APP_ID` with `GITHUB_APP_PRIVATE_KEY` (or `…_FILE`, and `GITHUB_APP_INSTALLATION_ID`), else `GITHUB_TOKEN`,
 * `GH_TOKEN`, else what `gh auth token` says. Rejects with `signed-out`.
 * @param owner whose installation of the App is meant, where its id is not given.
 */
export async function gitHubAuth(
  env: Environment,
  apiUrl: string,
  owner: string | null,
): Promise<GitHubAuth> {
  if (env["GITHUB_APP_ID"]) return appAuth(env, env["GITHUB_APP_ID"], apiUrl, owner);
  const isOwnHost = new URL(apiUrl).hostname !== "api.github.com";
  const token =
    (isOwnHost ? env["GH_ENTERPRISE_TOKEN"] : undefined) ||
    env["GITHUB_TOKEN"] ||
    env["GH_TOKEN"] ||
    (await tokenOfGh(new URL(apiUrl).hostname.replace(/^api\./, ""), env));
  if (!token) throw new ForgeError("signed-out", "there is no token for GitHub", SIGN_IN);
  return { kind: "token", strategy: { auth: tokenIn(token, SIGN_IN) }, app: null };
}

async function appAuth(
  env: Environment,
  appId: string,
  apiUrl: string,
  owner: string | null,
): Promise<GitHubAuth> {
  const privateKey = await privateKeyOf(env);
  const auth = { appId, privateKey };
  const octokit = new Octokit({ authStrategy: createAppAuth, auth, baseUrl: apiUrl });
  const context = { doing: "sign in as a GitHub App", isWrite: false };
  try {
    const { data: app } = await octokit.request("GET /app");
    const installationId = env["GITHUB_APP_INSTALLATION_ID"] ?? (await installationOf(octokit, owner));
    const { data: installation } = await octokit.request("GET /app/installations/{installation_id}", {
      installation_id: Number(installationId),
    });
    return {
      kind: "app",
      strategy: { authStrategy: createAppAuth, auth: { ...auth, installationId } },
      app: {
        login: `${app?.slug ?? "app"}[bot]`,
        permissions: installation.permissions as Record<string, string>,
      },
    };
  } catch (error) {
    const told = forgeError(error, context);
    if (told instanceof ForgeError) throw told;
    // A key that cannot be read is told by the crypto library.
    const message = redact(error instanceof Error ? error.message : String(error));
    throw new ForgeError("signed-out", `cannot sign in as a GitHub App: ${message}`, APP_KEY);
  }
}

async function privateKeyOf(env: Environment): Promise<string> {
  const file = env["GITHUB_APP_PRIVATE_KEY_FILE"];
  try {
    const key = file ? await readFile(file, "utf8") : env["GITHUB_APP_PRIVATE_KEY"]?.replaceAll("\\n", "\n");
    if (key) return key;
  } catch {
    throw new ForgeError("signed-out", `cannot read ${file}`, APP_KEY);
  }
  throw new ForgeError("signed-out", "GITHUB_APP_ID is set, but there is no key", APP_KEY);
}

async function installationOf(octokit: Octokit, owner: string | null): Promise<number> {
  if (owner === null) {
    throw new ForgeError(
      "signed-out",
      "it is not known which installation of the App is meant",
      "Set GITHUB_APP_INSTALLATION_ID, or name an organisation.",
    );
  }
  try {
    return (await octokit.request("GET /orgs/{org}/installation", { org: owner })).data.id;
  } catch (error) {
    if ((error as { status?: number }).status !== 404) throw error;
    return (await octokit.request("GET /users/{username}/installation", { username: owner })).data.id;
  }
}

async function tokenOfGh(hostname: string, env: Environment): Promise<string | undefined> {
  try {
    const { stdout } = await promisify(execFile)("gh", ["auth", "token", "--hostname", hostname], {
      env: env as NodeJS.ProcessEnv,
      timeout: 10_000,
    });
    return stdout.trim() || undefined;
  } catch {
    return undefined; // not installed, or not signed in
  }
}

const APP_KEY =
  "Set GITHUB_APP_PRIVATE_KEY_FILE to the .pem file of the App, or GITHUB_APP_PRIVATE_KEY to its text.";
