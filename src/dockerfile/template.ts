import type { Dockerfile, Instruction } from "./types.ts";

/**
 * Templates are told by their structure: a statement where an instruction or a whole line should be, or
 * a placeholder where an image, path or port should be. `{{` inside a RUN says nothing: Go's templates
 * are the daily bread of `docker inspect`, helm and the like.
 */

/** What stands first on a line of a template: Jinja, Go, cottle, ERB, mako, m4, cpp, autoconf. */
const STATEMENT = new RegExp(
  [
    String.raw`\{\{`,
    String.raw`\{[%#]`,
    String.raw`\{(?:set|if|for|while|dump|echo|return|declare|wrap)\b`,
    String.raw`#\{[%#]`,
    String.raw`<[%?#@]`,
    String.raw`%%?[A-Za-z_]\w*%%?`,
    String.raw`% ?(?:if|for|end\w*|else|elif|include)\b`,
    String.raw`@[A-Za-z_]\w*@`,
    String.raw`\$\{\{`,
    String.raw`\[%`,
    String.raw`@(?:if|for|foreach|include|\{|\()`,
    String.raw`#(?:include\s*["<]|ifdef\b|ifndef\b|endif\b|define\s)`,
    String.raw`(?:include|define|ifdef|ifelse|changequote|divert|syscmd|m4_\w+)\(`,
    String.raw`dnl\b`,
  ].join("|"),
);
const STATEMENT_LINE = new RegExp(`^[ \\t]*(?:${STATEMENT.source})`, "m");

/** A placeholder inside a word; `%C3%A9` in an address and `<<EOF` are none. */
const PLACEHOLDER = /\{\{|\{%|<%|%%[A-Za-z_]\w*%%|%[A-Za-z_]\w{2,}%|@[A-Z_][A-Z0-9_]*@|\[%|#\{\w/;

/** Names that no image has, but a file to copy may. */
const IMAGE_PLACEHOLDER = /__[A-Z][A-Z0-9_]*__|<[A-Za-z_][\w -]*>|@[A-Za-z_]\w*@/;

/** A Jinja or ERB block that fills a continuation line, outside of quotes as far as a line can tell. */
const BLOCK_LINE =
  /^[ \t]*#?[ \t]*(?:\{%-?[ \t]*(?:if|elif|else|endif|for|endfor|set|block|endblock|include|macro|raw|endraw|extends|import|from)\b[^\n]*%\}|<%[-=]?[^\n]*%>|\{\{[-~]?[ \t]*(?:if|else|end|range|with|define|template|include|block)\b[^\n]*\}\})[ \t]*\\?[ \t]*\r?$/m;

/** The line of the first template statement in a file that BuildKit refuses, or null. */
export function templateStatement(text: string): number | null {
  return lineOfMatch(text, STATEMENT_LINE);
}

/** Whether a line that BuildKit refuses does so for a placeholder; a shell command may hold anything. */
export function hasPlaceholder(line: string): boolean {
  if (/^\s*(?:RUN|CMD|ENTRYPOINT)\b/i.test(line)) return false;
  return PLACEHOLDER.test(line) || /^\s*(?:FROM\b.*)?__[A-Z]\w*__/i.test(line);
}

/** Instructions whose words are names, paths and ports: no place for another language's templates. */
const PLAIN = new Set(["FROM", "USER", "WORKDIR", "EXPOSE", "COPY", "ADD", "VOLUME"]);

/** The line at which a file that BuildKit would read shows that it is a template, or null. */
export function templateLine(file: Dockerfile): number | null {
  const { text } = file;
  if (!MARKER.test(text)) return null;
  for (const instruction of file.instructions) {
    const { keyword, body, line } = instruction;
    if (PLAIN.has(keyword) && PLACEHOLDER.test(body.text)) return line;
    if (keyword === "FROM" && IMAGE_PLACEHOLDER.test(body.text)) return line;
    if (blockInside(text, instruction)) return line;
  }
  const comment = file.comments.find(({ start, end }) => BLOCK_LINE.test(text.slice(start, end)));
  return comment?.line ?? null;
}

/** Anything that a template could hold: most files hold none of it, and need no closer look. */
const MARKER = /\{\{|\{%|<%|%\w+%|@\w+@|\[%|__[A-Z]|#\{|<[A-Za-z_]/;

function blockInside(text: string, { keyword, start, end, heredocs }: Instruction): boolean {
  if (keyword !== "RUN" && keyword !== "ENV" && keyword !== "LABEL") return false;
  const stop = heredocs[0]?.body.start ?? end;
  const source = text.slice(start, stop);
  return BLOCK_LINE.test(source) || /\{\{ ?cookiecutter\./.test(source);
}

function lineOfMatch(text: string, regex: RegExp): number | null {
  const match = regex.exec(text);
  return match ? text.slice(0, match.index).split("\n").length : null;
}
