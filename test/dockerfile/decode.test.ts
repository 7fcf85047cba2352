import { describe, expect, it } from "vitest";
import { decodeDockerfile } from "../../src/dockerfile/index.ts";

describe("decodeDockerfile", () => {
  it("keeps every byte, the byte-order mark too", () => {
    const text = "\ufeffFROM a\r\n# é日😀";
    expect(decodeDockerfile(Buffer.from(text))).toBe(text);
  });
  it("refuses NUL bytes and names the line", () => {
    const bytes = Buffer.from("FROM a\nRUN \0\n");
    expect(() => decodeDockerfile(bytes)).toThrow(expect.objectContaining({ problem: "binary", line: 2 }));
  });
  it("refuses other encodings", () => {
    const utf16 = Buffer.from("\ufeffFROM a\n", "utf16le");
    expect(() => decodeDockerfile(utf16)).toThrow(expect.objectContaining({ problem: "encoding" }));
    const latin1 = Buffer.from("FROM caf\u00e9\n", "latin1");
    expect(() => decodeDockerfile(latin1)).toThrow(expect.objectContaining({ problem: "encoding" }));
  });
});
