import { DockerfileError } from "./types.ts";

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * The text of a file, byte-order mark included, such that encoding it again gives the same bytes.
 * @throws DockerfileError "binary" for NUL bytes, "encoding" for anything that is not UTF-8.
 */
export function decodeDockerfile(bytes: Uint8Array): string {
  const nul = bytes.indexOf(0);
  if (nul >= 0) {
    const wide = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
    if (wide) throw new DockerfileError("encoding", "the file is UTF-16, not UTF-8");
    throw new DockerfileError("binary", "the file holds NUL bytes", lineOf(bytes, nul));
  }
  try {
    return decoder.decode(bytes);
  } catch {
    throw new DockerfileError("encoding", "the file is not UTF-8");
  }
}

function lineOf(bytes: Uint8Array, offset: number): number {
  let line = 1;
  for (let at = bytes.indexOf(10); at >= 0 && at < offset; at = bytes.indexOf(10, at + 1)) line++;
  return line;
}
