/** The user's own credentials for a registry, where `docker login` and `podman login` keep them. */
import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { record, text } from "./config.ts";
import { InspectError } from "./errors.ts";
import { run } from "./run.ts";

export type Credentials =
  | { readonly kind: "password"; readonly user: string; readonly password: string }
  /** To be traded for an access token. */
  | { readonly kind: "refresh"; readonly token: string };

/** Null when there are none, which is enough for public images. */
export async function credentialsFor(
  account: string,
  env: NodeJS.ProcessEnv = process.env,
): Promise<Credentials | null> {
  for (const file of files(env)) {
    const found = await credentialsIn(file, account);
    if (found) return found;
  }
  return null;
}

function files(env: NodeJS.ProcessEnv): string[] {
  const home = env["HOME"] ?? homedir();
  const docker = join(env["DOCKER_CONFIG"] ?? join(home, ".docker"), "config.json");
  const runtime = env["XDG_RUNTIME_DIR"];
  return [
    ...(env["REGISTRY_AUTH_FILE"] === undefined ? [] : [env["REGISTRY_AUTH_FILE"]]),
    docker,
    ...(runtime === undefined ? [] : [join(runtime, "containers/auth.json")]),
    join(env["XDG_CONFIG_HOME"] ?? join(home, ".config"), "containers/auth.json"),
  ];
}

async function credentialsIn(file: string, account: string): Promise<Credentials | null> {
  let config: Record<string, unknown> | null;
  try {
    config = record(JSON.parse(await readFile(file, "utf8")));
  } catch (error) {
    if (error instanceof SyntaxError)
      throw new InspectError("broken", `${file} is no JSON`, null, { cause: error });
    return null;
  }
  const helper = text(record(config?.["credHelpers"])?.[account]);
  if (helper !== null) return askHelper(helper, account);
  const store = text(config?.["credsStore"]);
  const stored = store === null ? null : await askHelper(store, account);
  if (stored !== null) return stored;
  const auths = record(config?.["auths"]) ?? {};
  const key = Object.keys(auths).find((each) => hostOf(each) === hostOf(account));
  return key === undefined ? null : written(record(auths[key]));
}

function written(entry: Record<string, unknown> | null): Credentials | null {
  const token = text(entry?.["identitytoken"]);
  if (token !== null) return { kind: "refresh", token };
  const auth = text(entry?.["auth"]);
  if (auth === null) return null;
  const pair = Buffer.from(auth, "base64").toString("utf8");
  const colon = pair.indexOf(":");
  if (colon === -1) return null;
  // Some writers end it with a zero byte.
  return {
    kind: "password",
    user: pair.slice(0, colon),
    password: pair.slice(colon + 1).replace(/\0+$/, ""),
  };
}

async function askHelper(name: string, account: string): Promise<Credentials | null> {
  if (!/^[\w.-]+$/.test(name))
    throw new InspectError("refused", `"${name}" is no name of a credential helper`);
  const program = `docker-credential-${name}`;
  const { code, stdout, stderr } = await run(program, ["get"], { timeout: HELPER_MS, input: account });
  if (code !== 0) {
    // Its way to say that it knows none.
    if (/not found|no credentials/i.test(stdout + stderr)) return null;
    const [line = ""] = (stderr.trim() || stdout.trim()).split("\n");
    throw new InspectError("failed", `${program} failed: ${line.slice(0, 200)}`);
  }
  let answer: Record<string, unknown> | null;
  try {
    answer = record(JSON.parse(stdout));
  } catch {
    // What it said may hold the secret.
    throw new InspectError("broken", `${program} answers with what is no JSON`);
  }
  const user = text(answer?.["Username"]);
  const secret = text(answer?.["Secret"]);
  if (user === null || secret === null) return null;
  return user === "<token>"
    ? { kind: "refresh", token: secret }
    : { kind: "password", user, password: secret };
}

function hostOf(account: string): string {
  return account.replace(/^https?:\/\//, "").replace(/\/.*$/, "");
}

const HELPER_MS = 30_000;
