/** Answers a registry's challenge: Basic, or a Bearer token from the place that the challenge names. */
import { record, text } from "./config.ts";
import { credentialsFor, type Credentials } from "./credentials.ts";
import { InspectError } from "./errors.ts";
import { bytes, checkScheme, request, type HttpOptions } from "./http.ts";

/** @param challenges the value of WWW-Authenticate */
export async function authorize(
  challenges: string,
  {
    host,
    account,
    repository,
  }: { readonly host: string; readonly account: string; readonly repository: string },
  options: HttpOptions,
): Promise<string> {
  const [, scheme = "", rest = ""] = /^\s*(\w+)\s*(.*)$/s.exec(challenges) ?? [];
  const credentials = await credentialsFor(account);
  switch (scheme.toLowerCase()) {
    case "basic":
      if (credentials?.kind !== "password") throw denied(host, credentials);
      return basic(credentials);
    case "bearer":
      return `Bearer ${await token(parameters(rest), host, repository, credentials, options)}`;
    default:
      throw new InspectError("denied", `${host} wants to be asked in a way that is not known: ${scheme}`);
  }
}

export function denied(host: string, credentials: unknown): InspectError {
  return credentials === null
    ? new InspectError(
        "denied",
        `${host} wants a login`,
        `"docker login ${host}" keeps one where deroot finds it.`,
      )
    : new InspectError(
        "denied",
        `${host} refuses the login that is kept for it`,
        `"docker login ${host}" renews it.`,
      );
}

async function token(
  { realm, service, scope }: Readonly<Record<string, string | undefined>>,
  host: string,
  repository: string,
  credentials: Credentials | null,
  options: HttpOptions,
): Promise<string> {
  if (realm === undefined || !URL.canParse(realm))
    throw new InspectError("broken", `${host} does not say where tokens are`);
  const url = new URL(realm);
  checkScheme(url, options.insecure);
  const asked = {
    ...(service === undefined ? {} : { service }),
    scope: scope ?? `repository:${repository}:pull`,
  };
  const refresh = credentials?.kind === "refresh";
  if (!refresh) for (const [name, value] of Object.entries(asked)) url.searchParams.set(name, value);
  const answer = await request(
    url,
    refresh
      ? {
          form: {
            ...asked,
            grant_type: "refresh_token",
            client_id: "deroot",
            refresh_token: credentials.token,
          },
        }
      : credentials
        ? { headers: { authorization: basic(credentials) } }
        : {},
    options,
  );
  const body = await bytes(answer, MOST_TOKEN);
  if (answer.status !== 200) throw denied(host, credentials);
  let said: Record<string, unknown> | null;
  try {
    said = record(JSON.parse(body.toString("utf8")));
  } catch (error) {
    throw new InspectError("broken", `${url.host} answers with what is no token`, null, { cause: error });
  }
  const found = text(said?.["token"]) ?? text(said?.["access_token"]);
  if (found === null || !/^[\x21-\x7e]+$/.test(found))
    throw new InspectError("broken", `${url.host} answers with what is no token`);
  return found;
}

function basic({ user, password }: Extract<Credentials, { kind: "password" }>): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
}

/** `realm="…",service="…"`. */
function parameters(written: string): Record<string, string> {
  return Object.fromEntries(
    [...written.matchAll(/([\w-]+)=(?:"((?:[^"\\]|\\.)*)"|([^\s,]+))/g)].map(([, name, quoted, plain]) => [
      name!.toLowerCase(),
      (quoted ?? plain ?? "").replace(/\\(.)/g, "$1"),
    ]),
  );
}

const MOST_TOKEN = 1024 * 1024;
