import type { PortSite, Span } from "./types.ts";

/** A file's text with the lines of its offsets. */
export class SourceText {
  readonly path: string;
  readonly text: string;
  private starts: number[] | null = null;

  constructor(path: string, text: string) {
    this.path = path;
    this.text = text;
  }

  /** 1-based. */
  lineAt(offset: number): number {
    this.starts ??= lineStarts(this.text);
    let low = 0;
    let high = this.starts.length;
    while (low + 1 < high) {
      const middle = (low + high) >> 1;
      if (this.starts[middle]! <= offset) low = middle;
      else high = middle;
    }
    return low + 1;
  }

  at(span: Span): Span & { line: number } {
    return { start: span.start, end: span.end, line: this.lineAt(span.start) };
  }

  site(
    span: Span,
    port: number,
    about: Pick<PortSite, "role" | "kind" | "says"> & Partial<PortSite>,
  ): PortSite {
    return { path: this.path, protocol: "tcp", ...about, ...this.at(span), port, says: oneLine(about.says) };
  }
}

export function oneLine(text: string): string {
  const line = text.slice(0, 400).replace(/\s+/g, " ").trim();
  return line.length > LONGEST_SAYING ? `${line.slice(0, LONGEST_SAYING - 1)}…` : line;
}

/** The number, where the text is nothing but the digits of a port. */
export function portNumber(text: string): number | null {
  if (!/^\d{1,5}$/.test(text)) return null;
  const port = Number(text);
  return port >= 1 && port <= 65535 ? port : null;
}

function lineStarts(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return starts;
}

const LONGEST_SAYING = 120;
