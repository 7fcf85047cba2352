import { readFileSync } from "node:fs";
import { Ajv } from "ajv";
import { describe, expect, it } from "vitest";
import { memoryTree } from "../../src/file-tree/memory.ts";
import {
  type Decisions,
  DecisionsError,
  exportDecisions,
  formatDecisions,
  parseDecisions,
  replayDecisions,
  ReviewSession,
} from "../../src/review/index.ts";

const DOCKERFILE = [
  "FROM python:3.12-slim",
  "WORKDIR /app",
  "COPY . .",
  "EXPOSE 80",
  'CMD ["gunicorn", "--bind", "0.0.0.0:80", "app:app"]',
  "",
].join("\n");
const open = (text = DOCKERFILE) => new ReviewSession(memoryTree({ Dockerfile: text }), ["Dockerfile"]);

async function decided(): Promise<{ decisions: Decisions; text: string }> {
  const session = open();
  await session.decide("Dockerfile", "ports:80", "rejected");
  await session.acceptRest();
  return { decisions: await exportDecisions(session), text: await session.text("Dockerfile") };
}
const verdicts = async (session: ReviewSession) =>
  (await session.open("Dockerfile")).changes.map(({ verdict }) => verdict);

describe("decisions.json", () => {
  it("gives the same result when it is replayed, also when lines have moved", async () => {
    const { decisions, text } = await decided();
    const session = open();
    const again = parseDecisions(formatDecisions(decisions));
    expect(await replayDecisions(session, again)).toEqual([]);
    expect(await session.text("Dockerfile")).toBe(text);
    expect(formatDecisions(await exportDecisions(session))).toBe(formatDecisions(decisions));
    const moved = open(`# The service.\n\n${DOCKERFILE}`);
    expect(await replayDecisions(moved, again)).toEqual([]);
    expect(await verdicts(moved)).not.toContain("undecided");
  });

  it("follows its schema, and can be read by a person", async () => {
    const schema = JSON.parse(
      readFileSync(new URL("../../schema/decisions.schema.json", import.meta.url), "utf8"),
    ) as object;
    const session = open();
    await session.decide("Dockerfile", "ports:80", "rejected");
    await session.edit("Dockerfile", "FROM scratch\nUSER 5\n");
    const text = formatDecisions(await exportDecisions(session));
    const validate = new Ajv({ strict: true }).compile(schema);
    expect(validate(JSON.parse(text)), JSON.stringify(validate.errors)).toBe(true);
    expect(text).toContain('"ports:80": {\n          "verdict": "rejected",\n          "title": "Listen on');
    expect(validate({ schema: 2, dockerfiles: {} })).toBe(false);
  });

  it("reports what is gone, different or open, and leaves it undecided", async () => {
    const { decisions } = await decided();
    const session = open(
      DOCKERFILE.replace("EXPOSE 80", "VOLUME /data")
        .replace("COPY . .", "COPY --link . .")
        .replace(":80", ":8000"),
    );
    const misfits = await replayDecisions(session, decisions);
    expect(misfits.map(({ kind, changeId }) => `${kind} ${changeId}`).sort()).toEqual([
      "different copy-chown:.",
      "gone ports:80",
      "open writable:volumes",
    ]);
    const { changes } = await session.open("Dockerfile");
    expect(Object.fromEntries(changes.map(({ change, verdict }) => [change.id, verdict]))).toMatchObject({
      user: "accepted",
      "copy-chown:.": "undecided",
      "writable:volumes": "undecided",
    });
  });

  it("reports a Dockerfile that is not there, and one that is declined now", async () => {
    const { decisions } = await decided();
    const none = new ReviewSession(memoryTree({ Dockerfile: DOCKERFILE }), []);
    expect(await replayDecisions(none, decisions)).toMatchObject([{ kind: "gone", changeId: null }]);
    const misfits = await replayDecisions(open("FROM debian:12\nCMD cron -f\n"), decisions);
    expect(new Set(misfits.map(({ kind }) => kind))).toEqual(new Set(["gone"]));
  });

  it("does not accept by hand what rests on something rejected", async () => {
    const { decisions } = await decided();
    const changes = { ...decisions.dockerfiles["Dockerfile"]!.changes };
    changes["user"] = { ...changes["user"]!, verdict: "rejected" };
    const misfits = await replayDecisions(open(), { schema: 1, dockerfiles: { Dockerfile: { changes } } });
    expect(misfits.map(({ kind, changeId }) => `${kind} ${changeId}`)).toContain("inconsistent account");
  });

  it("replays an edited text only in place of the text that it was made from", async () => {
    const first = open();
    await first.edit("Dockerfile", "FROM scratch\nUSER 5\n");
    const decisions = await exportDecisions(first);
    const same = open();
    expect(await replayDecisions(same, decisions)).toEqual([]);
    expect(await same.text("Dockerfile")).toBe("FROM scratch\nUSER 5\n");
    const other = open(DOCKERFILE.replace("WORKDIR /app", "LABEL a=b\nWORKDIR /app"));
    expect(await replayDecisions(other, decisions)).toMatchObject([{ kind: "different", changeId: null }]);
    expect(await other.text("Dockerfile")).toContain("LABEL a=b");
  });

  it.each([
    ["no JSON", "{", /not JSON/],
    ["a list", "[]", /holds no decisions/],
    ["another version", '{"schema":7,"dockerfiles":{}}', /version is 7/],
    ["no changes", '{"schema":1,"dockerfiles":{"Dockerfile":{}}}', /Dockerfile: it has no changes/],
    [
      "a verdict that does not exist",
      '{"schema":1,"dockerfiles":{"Dockerfile":{"changes":{"user":{"verdict":"maybe","title":"","hash":""}}}}}',
      /user needs verdict/,
    ],
  ])("refuses %s", (_, text, message) => {
    expect(() => parseDecisions(text)).toThrow(DecisionsError);
    expect(() => parseDecisions(text)).toThrow(message);
  });
});
