/** What a tar archive holds, without the contents. */
export interface TarEntry {
  readonly path: string;
  readonly directory: boolean;
  /** Seconds since 1970. */
  readonly modified: number;
  readonly uid: number;
}

/** Lists an archive; what comes after a part that is no tar is not listed. */
export function listTar(bytes: Buffer): TarEntry[] {
  const entries: TarEntry[] = [];
  let longName: string | null = null;
  for (let at = 0; at + BLOCK <= bytes.length; ) {
    const text = (from: number, length: number): string => {
      const field = bytes.subarray(at + from, at + from + length);
      const end = field.indexOf(0);
      return field.subarray(0, end === -1 ? length : end).toString("utf8");
    };
    if (text(0, 100) === "" || !text(257, 6).startsWith("ustar")) break;
    const size = number(bytes.subarray(at + 124, at + 136));
    const type = String.fromCharCode(bytes[at + 156]!);
    const content = bytes.subarray(at + BLOCK, at + BLOCK + size);
    if (type === "x" || type === "L") {
      // Long names come in an entry of their own before the one they belong to.
      const record = type === "L" ? content.toString("utf8").replace(/\0.*$/s, "") : paxPath(content.toString("utf8"));
      longName = record ?? longName;
    } else if (type !== "g") {
      const prefix = text(257, 6) === "ustar" ? text(345, 155) : "";
      const path = longName ?? (prefix === "" ? text(0, 100) : `${prefix}/${text(0, 100)}`);
      longName = null;
      entries.push({
        path: path.replace(/\/$/, ""),
        directory: type === "5",
        modified: number(bytes.subarray(at + 136, at + 148)),
        uid: number(bytes.subarray(at + 108, at + 116)),
      });
    }
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK;
  }
  return entries;
}

function paxPath(records: string): string | null {
  return /^\d+ path=(.*)$/m.exec(records)?.[1] ?? null;
}

/** Octal digits, or binary where the first bit says so. */
function number(field: Buffer): number {
  if ((field[0]! & 0x80) !== 0) return field.subarray(1).reduce((value, byte) => value * 256 + byte, 0);
  return parseInt(field.toString("latin1").replace(/[\0 ].*$/s, "") || "0", 8);
}

const BLOCK = 512;
