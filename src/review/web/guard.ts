import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";

/** 256 bits that nobody can guess; safe in a URL. */
export function newToken(): string {
  return randomBytes(32).toString("base64url");
}

export interface Asked {
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
}

/** A request that is turned away. */
export interface Denied {
  readonly status: 401 | 403 | 405 | 421;
  readonly message: string;
}

/**
 * Who may ask a server on loopback. Every page of every site that the user has open can send requests to it, and
 * by DNS rebinding even read the answers, so the address alone proves nothing.
 */
export class Guard {
  readonly #hosts: ReadonlySet<string>;
  readonly #token: Buffer;

  constructor(port: number, token: string) {
    this.#hosts = new Set(["127.0.0.1", "[::1]", "localhost"].map((name) => `${name}:${port}`));
    this.#token = digest(token);
  }

  /**
   * For everything that is sent: a name that leads here by DNS rebinding is not one of ours, and a page of
   * another site has another origin.
   */
  forAny({ headers }: Asked): Denied | null {
    const { host, origin } = headers;
    if (host === undefined || !this.#hosts.has(host.toLowerCase())) {
      return { status: 421, message: "this server answers to 127.0.0.1, [::1] and localhost only" };
    }
    if (origin !== undefined && origin !== `http://${host.toLowerCase()}`) {
      return { status: 403, message: "requests from other sites are refused" };
    }
    return null;
  }

  /** For what shows or changes something of the project. The token is in a header, which no form or link can send. */
  forProject(asked: Asked): Denied | null {
    const denied = this.forAny(asked);
    if (denied !== null) return denied;
    const { authorization, origin, "sec-fetch-site": site } = asked.headers;
    if (site !== undefined && site !== "same-origin") {
      return { status: 403, message: "requests from other sites are refused" };
    }
    if (asked.method !== "GET" && origin === undefined) {
      return { status: 403, message: "a request that changes something must tell its origin" };
    }
    const given = /^Bearer ([\w-]+)$/.exec(authorization ?? "")?.[1];
    if (given === undefined || !timingSafeEqual(digest(given), this.#token)) {
      return { status: 401, message: "the token is missing or wrong; open the address that deroot printed" };
    }
    return null;
  }
}

/** Of equal length, as the comparison wants it. */
function digest(token: string): Buffer {
  return createHash("sha256").update(token).digest();
}

/**
 * Headers of every answer. Nothing is loaded from elsewhere, no text becomes a script, and no other page can frame
 * or open this one to look into it.
 */
export function securityHeaders(nonce: string): Record<string, string> {
  return {
    "content-security-policy": [
      "default-src 'none'",
      "script-src 'self'",
      `style-src 'self' 'nonce-${nonce}'`,
      "connect-src 'self'",
      "img-src 'self' data:",
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
      "require-trusted-types-for 'script'",
      "trusted-types 'none'",
    ].join("; "),
    "cache-control": "no-store",
    "cross-origin-embedder-policy": "require-corp",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), usb=()",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
  };
}
