import { ForgeError } from "./forge.ts";

/** Tokens that a server or a library might repeat in a message; none of them may reach a log, an error or a report. */
export function redact(text: string): string {
  let clean = text;
  for (const secret of concealed) clean = clean.replaceAll(secret, "[token]");
  return clean.replace(TOKENS, "[token]");
}

/** From here on it is taken out of texts, whatever it looks like: old tokens have no format of their own. */
export function conceal(secret: string): void {
  if (secret.length >= SHORTEST) concealed.add(secret);
}

/** A token from the environment. Throws a {@link ForgeError} for what could not even be sent: libraries would print it. */
export function tokenIn(text: string, hint: string): string {
  const token = text.trim();
  conceal(token);
  if (!/^[\x21-\x7e]+$/.test(token))
    throw new ForgeError("signed-out", "the token holds a character that no token has", hint);
  return token;
}

/** Errors of libraries and of the system: what they say is kept, but for secrets. */
export function withoutSecrets(error: Error): Error {
  error.message = redact(error.message);
  if (error.stack !== undefined) error.stack = redact(error.stack);
  return error;
}

const concealed = new Set<string>();
/** What is shorter may be a word of the text. */
const SHORTEST = 8;

/** Formats: https://github.blog/engineering/behind-githubs-new-authentication-token-formats/, and GitLab's `glpat-` and the like. */
const TOKENS =
  /\b(?:gh[opsur]_\w{10,}|github_pat_\w{10,}|gl[a-z]{2,6}-[\w.-]{10,}|eyJ[\w-]+\.[\w-]+\.[\w-]+)|\b[0-9a-f]{40}(?=\s*@)|-----BEGIN [^-]*PRIVATE KEY-----[\s\S]*?(?:-----END [^-]*-----|$)/g;
