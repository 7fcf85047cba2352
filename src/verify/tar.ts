/** What a tar archive holds. */
export interface TarEntry {
  readonly path: string;
  readonly directory: boolean;
  /** Of a file; empty for anything else. */
  readonly content: Buffer;
}

/** Lists an archive; what comes after a part that is no tar is not listed. */
export function listTar(bytes: Buffer): TarEntry[] {
  const entries: TarEntry[] = [];
  let longName: string | null = null;
  for (const { header, content, type } of walk(bytes)) {
    if (type === "x" || type === "L") {
      // Long names come in an entry of their own before the one they belong to.
      const text = content.toString("utf8");
      longName = (type === "L" ? text.replace(/\0.*$/s, "") : paxPath(text)) ?? longName;
    } else if (type !== "g") {
      const prefix = textOf(header, 257, 6) === "ustar" ? textOf(header, 345, 155) : "";
      const path: string =
        longName ?? (prefix === "" ? textOf(header, 0, 100) : `${prefix}/${textOf(header, 0, 100)}`);
      longName = null;
      entries.push({
        path: path.replace(/\/$/, ""),
        directory: type === "5",
        content,
      });
    }
  }
  return entries;
}

/** Whether two archives of one file hold the same, whenever it was last touched. */
export function sameFile(before: Buffer, after: Buffer): boolean {
  const essence = (archive: Buffer): Buffer =>
    Buffer.concat(
      [...walk(archive)]
        .filter(({ type }) => type !== "x" && type !== "g")
        .flatMap(({ header, content }) => [
          header.subarray(0, MODIFIED),
          header.subarray(CHECKSUM + 8, LINK_NAME_END),
          content,
        ]),
    );
  return essence(before).equals(essence(after));
}

/** The content of the one file in an archive; null where there is none. */
export function fileText(archive: Buffer): string | null {
  for (const { type, content } of walk(archive)) {
    if (type === "0" || type === "\0") return content.toString("utf8");
  }
  return null;
}

interface Part {
  readonly header: Buffer;
  readonly content: Buffer;
  readonly type: string;
}

function* walk(bytes: Buffer): Generator<Part> {
  for (let at = 0; at + BLOCK <= bytes.length;) {
    const header = bytes.subarray(at, at + BLOCK);
    if (textOf(header, 0, 100) === "" || !textOf(header, 257, 6).startsWith("ustar")) return;
    const size = number(header.subarray(124, 136));
    yield {
      header,
      content: bytes.subarray(at + BLOCK, at + BLOCK + size),
      type: String.fromCharCode(header[156]!),
    };
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK;
  }
}

function textOf(header: Buffer, from: number, length: number): string {
  const field = header.subarray(from, from + length);
  const end = field.indexOf(0);
  return field.subarray(0, end === -1 ? length : end).toString("utf8");
}

function paxPath(records: string): string | null {
  return /^\d+ path=(.*)$/m.exec(records)?.[1] ?? null;
}

/** Octal digits, or binary where the first bit says so. */
function number(field: Buffer): number {
  if ((field[0]! & 0x80) !== 0) return field.subarray(1).reduce((value, byte) => value * 256 + byte, 0);
  return parseInt(field.toString("latin1").replaceAll("\0", " ").trim() || "0", 8);
}

const BLOCK = 512;
const MODIFIED = 136;
const CHECKSUM = 148;
const LINK_NAME_END = 257;
