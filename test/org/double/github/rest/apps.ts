/** GitHub Apps and the tokens they get; what the host says about itself. */
import { ok, type Exchange, type Handler } from "../../http/exchange.ts";
import type { App, Installation, Tokens } from "../../http/tokens.ts";
import { permission } from "../../world/access.ts";
import { Problem } from "../../world/model.ts";
import { nodeId } from "../ids.ts";
import { repository, time, user } from "./present.ts";
import { notFound, paged, siteOf } from "./requests.ts";

/** Thrown where the JSON Web Token is refused. */
export class Unauthorised extends Error {
  override readonly name = "Unauthorised";
}

const SECONDS_OF_AN_INSTALLATION_TOKEN = 3600;

function installation(x: Exchange, { id, app, account, permissions }: Installation): Record<string, unknown> {
  const url = `${x.api}/app/installations/${id}`;
  return {
    id,
    client_id: `Iv23${app.id}`,
    account: user(siteOf(x), account),
    repository_selection: "all",
    access_tokens_url: `${url}/access_tokens`,
    repositories_url: `${x.api}/installation/repositories`,
    html_url: `${x.site}/organizations/${account.login}/settings/installations/${id}`,
    app_id: app.id,
    app_slug: app.slug,
    target_id: account.id,
    target_type: account.type,
    permissions,
    events: [],
    created_at: time(account.createdAt),
    updated_at: time(account.createdAt),
    single_file_name: null,
    suspended_by: null,
    suspended_at: null,
  };
}

export function appRoutes(tokens: Tokens, version: string | null): Record<string, Handler> {
  const appOf = (x: Exchange): App => {
    const jwt = /^bearer (.+)$/i.exec(String(x.headers.authorization ?? ""))?.[1];
    const found = jwt === undefined ? "A JSON web token could not be decoded" : tokens.appOf(jwt);
    if (typeof found === "string") throw new Unauthorised(found);
    return found;
  };
  const installed = (x: Exchange, login: string): Installation => {
    const found = appOf(x).installations.find(
      (each) => each.account.login.toLowerCase() === login.toLowerCase(),
    );
    if (!found) throw notFound();
    return found;
  };
  return {
    "GET /app": (x) => {
      const app = appOf(x);
      return ok({
        id: app.id,
        slug: app.slug,
        client_id: `Iv23${app.id}`,
        node_id: nodeId("A", app.id),
        owner: user(siteOf(x), app.owner),
        name: app.slug,
        description: null,
        external_url: x.site,
        html_url: `${x.site}/apps/${app.slug}`,
        created_at: time(app.owner.createdAt),
        updated_at: time(app.owner.createdAt),
        permissions: app.installations[0]!.permissions,
        events: [],
        installations_count: app.installations.length,
      });
    },
    "GET /app/installations": (x) => paged(x, appOf(x).installations, (each) => installation(x, each)),
    "GET /app/installations/{installation_id}": (x) => {
      const found = appOf(x).installations.find(({ id }) => id === Number(x.params["installation_id"]));
      if (!found) throw notFound();
      return ok(installation(x, found));
    },
    "GET /orgs/{org}/installation": (x) => ok(installation(x, installed(x, x.params["org"]!))),
    "GET /users/{username}/installation": (x) => ok(installation(x, installed(x, x.params["username"]!))),
    "GET /repos/{owner}/{repo}/installation": (x) => ok(installation(x, installed(x, x.params["owner"]!))),
    "POST /app/installations/{installation_id}/access_tokens": (x) => {
      const found = appOf(x).installations.find(({ id }) => id === Number(x.params["installation_id"]));
      if (!found) throw notFound();
      const expiresAt = new Date(x.world.clock.now().getTime() + SECONDS_OF_AN_INSTALLATION_TOKEN * 1000);
      const token = tokens.add(found.app.bot, "installation", { expiresAt, installation: found });
      return {
        status: 201,
        body: {
          token: token.value,
          expires_at: time(expiresAt),
          permissions: found.permissions,
          repository_selection: "all",
        },
      };
    },
    "GET /installation/repositories": (x) => {
      const account = x.token?.installation?.account;
      if (!account)
        throw new Problem(
          "forbidden",
          "You must authenticate with an installation access token in order to list repositories for an installation.",
        );
      const found = x.world.ownedBy(account).filter((each) => permission(each, x.account) !== null);
      return paged(
        x,
        found,
        (each) => repository(siteOf(x), each, x.account),
        (repositories) => ({ total_count: found.length, repositories }),
      );
    },
    "GET /meta": () =>
      ok({
        verifiable_password_authentication: false,
        ...(version === null ? {} : { installed_version: version }),
      }),
  };
}
