import { describe, expect, it } from "vitest";
import { deroot, project, read, ROOT_DOCKERFILE, write } from "./helper.ts";
import { diskTree } from "../../src/file-tree/disk.ts";
import { exportDecisions, formatDecisions, ReviewSession } from "../../src/review/index.ts";

/** Decisions as a person would have made them: everything but `rejected`. */
async function decisions(folder: string, dockerfiles: string[], rejected: string[] = []): Promise<string> {
  const session = new ReviewSession(diskTree(folder), dockerfiles);
  for (const path of dockerfiles) {
    await session.open(path);
    for (const id of rejected) await session.decide(path, id, "rejected");
  }
  await session.acceptRest();
  return formatDecisions(await exportDecisions(session));
}

describe("deroot review without a terminal", () => {
  it("refuses, and names what works instead", async () => {
    const folder = project({ Dockerfile: ROOT_DOCKERFILE });
    const { code, stdout, stderr } = await deroot(folder, ["review"]);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toContain("a review needs a terminal");
    for (const other of ["--web", "--decisions FILE", "deroot migrate"]) expect(stderr).toContain(other);
    expect(read(folder, "Dockerfile")).toBe(ROOT_DOCKERFILE);
  });

  it("applies decisions, and leaves out what was rejected", async () => {
    const folder = project({ Dockerfile: ROOT_DOCKERFILE, "other/Dockerfile": ROOT_DOCKERFILE });
    write(folder, { "decisions.json": await decisions(folder, ["Dockerfile"], ["copy-chown:."]) });
    const { code, stdout, stderr } = await deroot(folder, ["review", "--decisions", "decisions.json"]);
    expect([code, stdout]).toEqual([0, ""]);
    expect(stderr).toMatch(/^rewritten {2}Dockerfile {2}as node \(1000\)/m);
    expect(stderr).toContain("Written: 1 file.");
    expect(stderr).toContain("1 of 2 Dockerfiles have no decisions");
    expect(read(folder, "Dockerfile")).toMatch(/\nCOPY \. \.\n[^]*\nUSER 1000\n/);
    expect(read(folder, "other/Dockerfile")).toBe(ROOT_DOCKERFILE);
  });

  it("leaves a Dockerfile alone whose decisions do not fit, writes the others, and fails", async () => {
    const folder = project({ Dockerfile: ROOT_DOCKERFILE, "other/Dockerfile": ROOT_DOCKERFILE });
    write(folder, { "decisions.json": await decisions(folder, ["Dockerfile", "other/Dockerfile"]) });
    const changed = ROOT_DOCKERFILE.replace("COPY . .", "COPY src .");
    write(folder, { Dockerfile: changed });
    const { code, stderr } = await deroot(folder, ["review", "--decisions", "decisions.json"]);
    expect(code).toBe(3);
    expect(stderr).toMatch(/^failed {2}Dockerfile: copy-chown:src: nothing was decided/m);
    expect(stderr).toMatch(/^failed {2}Dockerfile: copy-chown:\.: .* is not offered any more/m);
    expect(read(folder, "Dockerfile")).toBe(changed);
    expect(read(folder, "other/Dockerfile")).toContain("USER 1000");
  });

  it.each([
    ["is not there", null, /decisions\.json: no such file/],
    ["is no decisions file", "{}", /decisions\.json: it holds no decisions/],
  ])("says so when the file %s", async (_, text, message) => {
    const folder = project({ Dockerfile: ROOT_DOCKERFILE });
    if (text !== null) write(folder, { "decisions.json": text });
    const { code, stderr } = await deroot(folder, ["review", "--decisions", "decisions.json"]);
    expect(code).toBe(2);
    expect(stderr).toMatch(message);
  });
});
