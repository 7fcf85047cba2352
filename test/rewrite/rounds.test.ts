import { expect, it } from "vitest";
import { memoryTree } from "../../src/file-tree/memory.ts";
import { applyEdits, type Change, type Pass, rewrite } from "../../src/rewrite/index.ts";
import { ReviewSession } from "../../src/review/index.ts";

const TEXT = "FROM node:20-slim\nWORKDIR /app\nCOPY . .\nCMD node server.js\n";

/** Finds something to do only in what a first round has left. */
function late(edit: (text: string) => { start: number; end: number; text: string }): Pass {
  return {
    name: "late",
    summary: "does something in the second round",
    run({ dockerfile, layout }) {
      const { text } = dockerfile;
      if (!text.includes("USER 1000") || text.includes("late")) return [];
      const { start, end, text: fresh } = edit(text);
      const change: Change = {
        id: "late",
        pass: "late",
        title: "Be late",
        reason: "A test wants it.",
        applicability: "safe",
        dependsOn: [],
        evidence: [{ source: "dockerfile", where: "Dockerfile", line: 1, says: "it is there" }],
        edits: [layout.replace(start, end, fresh)],
      };
      return [change];
    },
  };
}

const beside = late((text) => {
  const at = text.indexOf("CMD");
  return { start: at, end: at + 3, text: "# late\nCMD" };
});

it("keeps changes of two rounds apart where they stand beside each other", async () => {
  const options = { transforms: [beside] };
  const result = await rewrite(memoryTree({ Dockerfile: TEXT }), "Dockerfile", options);
  expect(result.changes.map(({ id }) => id)).toEqual(
    expect.arrayContaining(["user", "copy-chown:.", "late"]),
  );
  const edits = result.changes.flatMap((change) => change.edits);
  expect(applyEdits(TEXT, edits)).toBe(result.files[0]!.after);
  expect(result.files[0]!.after).toMatch(/USER 1000\n# late\nCMD/);

  const session = new ReviewSession(memoryTree({ Dockerfile: TEXT }), ["Dockerfile"], options);
  await session.decide("Dockerfile", "late", "rejected");
  expect(await session.text("Dockerfile")).toBe(result.files[0]!.after.replace("# late\n", ""));
});

it("makes one change of rounds that touch the same place", async () => {
  const over = late((text) => {
    const at = text.indexOf("USER 1000");
    return { start: at, end: at + 9, text: "# late\nUSER 1000" };
  });
  const result = await rewrite(memoryTree({ Dockerfile: TEXT }), "Dockerfile", { transforms: [over] });
  expect(result.changes).toHaveLength(1);
  expect(result.changes[0]!.title).toContain("Be late");
  expect(applyEdits(TEXT, result.changes[0]!.edits)).toBe(result.files[0]!.after);
});
