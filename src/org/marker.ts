/** What deroot remembers in the forge itself: a line in the body of its pull request, a trailer in its commits. */

export interface Marker {
  /** Of the files the branch proposes; see {@link digestOf}. */
  readonly digest: string;
  /** The commit deroot made; if the branch stands elsewhere, somebody else has been there. */
  readonly head: string;
  /** `withdrawn`: deroot closed it, so that it is nobody's no. */
  readonly state: "open" | "withdrawn";
}

const BEGIN = "<!-- deroot:begin -->";
const END = "<!-- deroot:end -->";

/** A body of ours: the text between two comments, with the marker as its last line. */
export function markedBody(text: string, marker: Marker): string {
  return `${BEGIN}\n${text.trim()}\n\n${lineOf(marker)}\n${END}\n`;
}

/** Our part is replaced; what people wrote around it stays. Where they took our part out, only the marker comes back. */
export function replaceBody(body: string, text: string, marker: Marker): string {
  const range = ourPart(body);
  if (range === null) return `${body.replace(MARKER, "").trimEnd()}\n\n${lineOf(marker)}\n`;
  return body.slice(0, range.start) + markedBody(text, marker).trimEnd() + body.slice(range.end);
}

export function remark(body: string, marker: Marker): string {
  return MARKER.test(body)
    ? body.replace(MARKER, () => lineOf(marker))
    : `${body.trimEnd()}\n\n${lineOf(marker)}\n`;
}

/** Null when there is none, or nothing that deroot could have written. */
export function readMarker(body: string): Marker | null {
  const found = MARKER.exec(body)?.[1];
  if (found === undefined) return null;
  try {
    const { digest, head, state } = JSON.parse(found) as Record<string, unknown>;
    const valid =
      typeof digest === "string" && typeof head === "string" && (state === "open" || state === "withdrawn");
    return valid ? { digest, head, state } : null;
  } catch {
    return null;
  }
}

function lineOf({ digest, head, state }: Marker): string {
  return `<!-- deroot ${JSON.stringify({ v: 1, digest, head, state })} -->`;
}

function ourPart(body: string): { start: number; end: number } | null {
  const start = body.indexOf(BEGIN);
  const end = body.indexOf(END, start);
  return start === -1 || end === -1 ? null : { start, end: end + END.length };
}

/** A line of its own: text from a repository never begins one. Forges may store bodies with CRLF. */
const MARKER = /^<!-- deroot (\{.*\}) -->(?=\r?$)/m;

const TRAILER = "Deroot-Files";

export function commitMessage(title: string, text: string, digest: string): string {
  return `${title}\n\n${text}\n\n${TRAILER}: ${digest}\n`;
}

/** The digest in a commit message of ours; null in others. */
export function digestIn(message: string): string | null {
  return new RegExp(`^${TRAILER}: ([0-9a-f]{16,64})\\s*$`, "m").exec(message)?.[1] ?? null;
}
