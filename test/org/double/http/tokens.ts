/** Tokens: personal ones, an App's JSON Web Tokens, and the installation tokens it gets for them. */
import { createPublicKey, generateKeyPairSync, verify, type KeyObject } from "node:crypto";
import type { Account } from "../world/model.ts";
import type { World } from "../world/world.ts";

export interface Token {
  readonly value: string;
  readonly account: Account;
  readonly kind: "classic" | "fine-grained" | "installation" | "gitlab";
  /** Classic tokens and GitLab's only. */
  readonly scopes: readonly string[];
  readonly expiresAt: Date | null;
  readonly installation: Installation | null;
}

export interface Installation {
  readonly id: number;
  readonly app: App;
  readonly account: Account;
  readonly permissions: Readonly<Record<string, string>>;
}

export interface App {
  readonly id: number;
  readonly slug: string;
  readonly owner: Account;
  /** What the App signs its requests with: PEM. */
  readonly privateKey: string;
  readonly publicKey: KeyObject;
  /** Who writes when an installation token is used: `slug[bot]`. */
  readonly bot: Account;
  readonly installations: Installation[];
}

export class Tokens {
  readonly apps: App[] = [];
  /** All that came with requests, good or not. */
  readonly seen = new Set<string>();
  readonly #tokens = new Map<string, Token>();
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  add(
    account: Account,
    kind: Token["kind"],
    options: {
      value?: string;
      scopes?: readonly string[];
      expiresAt?: Date;
      installation?: Installation;
    } = {},
  ): Token {
    const prefix = { classic: "ghp", "fine-grained": "github_pat", installation: "ghs", gitlab: "glpat" }[
      kind
    ];
    const token: Token = {
      value: options.value ?? `${prefix}_${this.#world.id().toString(36).padStart(36, "double")}`,
      account,
      kind,
      scopes: options.scopes ?? [],
      expiresAt: options.expiresAt ?? null,
      installation: options.installation ?? null,
    };
    this.#tokens.set(token.value, token);
    return token;
  }

  addApp(slug: string, owner: Account, permissions: Readonly<Record<string, string>>): App {
    const pair = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const app: App = {
      id: this.#world.id(),
      slug,
      owner,
      privateKey: pair.privateKey.export({ type: "pkcs8", format: "pem" }) as string,
      publicKey: createPublicKey(pair.privateKey),
      bot: this.#world.addAccount(`${slug}[bot]`, "Bot"),
      installations: [],
    };
    app.installations.push({ id: this.#world.id(), app, account: owner, permissions });
    this.apps.push(app);
    return app;
  }

  revoke(value: string): void {
    this.#tokens.delete(value);
  }

  /** Null when it is unknown or no longer good. */
  find(value: string): Token | null {
    const token = this.#tokens.get(value);
    if (!token || (token.expiresAt && token.expiresAt <= this.#world.clock.now())) return null;
    return token;
  }

  /** The App that signed a JSON Web Token, or why it is refused. */
  appOf(jwt: string): App | string {
    const [head, payload, signature] = jwt.split(".");
    if (!head || !payload || !signature) return "A JSON web token could not be decoded";
    const claims = JSON.parse(Buffer.from(payload, "base64url").toString()) as {
      iss?: string | number;
      exp?: number;
      iat?: number;
    };
    const app = this.apps.find(({ id }) => String(id) === String(claims.iss));
    if (!app) return "Integration not found";
    const signed = Buffer.from(`${head}.${payload}`);
    if (!verify("sha256", signed, app.publicKey, Buffer.from(signature, "base64url")))
      return "A JSON web token could not be decoded";
    const now = this.#world.clock.now().getTime() / 1000;
    if (!claims.exp || claims.exp < now)
      return "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires";
    if (claims.exp > now + 660) return "'Expiration time' claim ('exp') is too far in the future";
    if (!claims.iat || claims.iat > now + 60)
      return "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued";
    return app;
  }
}

/** From `token X`, `Bearer X`, or the password (or name) of HTTP's basic scheme. */
export function basicOrBearer(authorization: string | undefined): string | null {
  const match = /^(token|bearer|basic) (.+)$/i.exec(authorization ?? "");
  if (!match) return null;
  if (match[1]!.toLowerCase() !== "basic") return match[2]!;
  const [name, password] = Buffer.from(match[2]!, "base64").toString().split(":");
  return password || name || null;
}
