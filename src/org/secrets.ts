/** Tokens that a server or a library might repeat in a message; none of them may reach a log, an error or a report. */
export function redact(text: string): string {
  return text.replace(TOKENS, "[token]");
}

/** Formats: https://github.blog/engineering/behind-githubs-new-authentication-token-formats/, and GitLab's `glpat-` and the like. */
const TOKENS =
  /\b(?:gh[opsur]_\w{10,}|github_pat_\w{10,}|gl[a-z]{2,6}-[\w.-]{10,}|eyJ[\w-]+\.[\w-]+\.[\w-]+)|\b[0-9a-f]{40}(?=\s*@)|-----BEGIN [^-]*PRIVATE KEY-----[\s\S]*?(?:-----END [^-]*-----|$)/g;
