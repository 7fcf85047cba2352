import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import type { FileTree } from "../../src/file-tree.ts";
import { diskTree } from "../../src/file-tree/disk.ts";
import { memoryTree } from "../../src/file-tree/memory.ts";
import { WriteError } from "../../src/report/write.ts";
import { rewrite } from "../../src/rewrite/index.ts";
import { changeFiles, ReviewError, ReviewSession } from "../../src/review/index.ts";

/** Offers account, copy-chown, ports, writable, user and a compose file shared by two. */
const PYTHON = [
  "FROM python:3.12-slim",
  "WORKDIR /app",
  "COPY . .",
  "EXPOSE 80",
  'CMD ["gunicorn", "--bind", "0.0.0.0:80", "app:app"]',
  "",
].join("\n");
const COMPOSE =
  'services:\n  a:\n    build: ./a\n    ports:\n      - "81:80"\n  b:\n    build: ./b\n    ports:\n      - "82:80"\n';
const FILES = { "a/Dockerfile": PYTHON, "b/Dockerfile": PYTHON, "compose.yaml": COMPOSE };
const PATHS = ["a/Dockerfile", "b/Dockerfile"];

const verdicts = async (session: ReviewSession, path: string): Promise<Record<string, string>> =>
  Object.fromEntries((await session.open(path)).changes.map(({ change, verdict }) => [change.id, verdict]));
const chosenText = async (session: ReviewSession, path: string, file: string): Promise<string | undefined> =>
  (await session.open(path)).chosen.files.find((each) => each.path === file)?.after;

describe("a review", () => {
  it("offers what rewrite offers, with nothing decided", async () => {
    const session = new ReviewSession(memoryTree(FILES), PATHS);
    const file = await session.open("a/Dockerfile");
    const result = await rewrite(memoryTree(FILES), "a/Dockerfile");
    expect(file.offered).toEqual(result);
    expect(file.chosen).toBe(file.offered);
    expect(await verdicts(session, "a/Dockerfile")).toEqual(
      Object.fromEntries(result.changes.map(({ id }) => [id, "undecided"])),
    );
    expect(Object.keys(await verdicts(session, "a/Dockerfile"))).toEqual(
      expect.arrayContaining(["account", "user", "ports:80"]),
    );
  });

  it("takes back what rests on a rejected change, and leaves the rest", async () => {
    const session = new ReviewSession(memoryTree(FILES), PATHS);
    await session.decide("a/Dockerfile", "ports:80", "accepted");
    const { taken, along, file } = await session.decide("a/Dockerfile", "user", "rejected");
    expect(taken).toBe(true);
    expect(along.map(({ change, verdict }) => `${change.id} ${verdict}`)).toEqual(
      expect.arrayContaining(["account rejected", "copy-chown:. rejected"]),
    );
    expect(file.chosen.runsAsRoot.after).toBe(true);
    expect(await chosenText(session, "a/Dockerfile", "a/Dockerfile")).not.toMatch(/USER|chown|useradd/);
  });

  it("names what an accepted change rests on, and takes it along only where asked", async () => {
    const session = new ReviewSession(memoryTree(FILES), PATHS);
    const early = await session.decide("a/Dockerfile", "account", "accepted");
    expect([early.taken, early.needs.map(({ id }) => id)]).toEqual([true, ["user"]]);
    await session.decide("a/Dockerfile", "user", "rejected");
    const refused = await session.decide("a/Dockerfile", "copy-chown:.", "accepted");
    expect(refused.taken).toBe(false);
    expect(refused.needs.map(({ id }) => id).sort()).toEqual(["account", "user"]);
    expect(await verdicts(session, "a/Dockerfile")).toMatchObject({ "copy-chown:.": "rejected" });
    const taken = await session.decide("a/Dockerfile", "copy-chown:.", "accepted", { withNeeded: true });
    expect(taken.along.map(({ change }) => change.id).sort()).toEqual(["account", "user"]);
    expect(await verdicts(session, "a/Dockerfile")).toMatchObject({
      account: "accepted",
      user: "accepted",
      "copy-chown:.": "accepted",
    });
  });

  it("undoes step by step, over several Dockerfiles", async () => {
    const session = new ReviewSession(memoryTree(FILES), PATHS);
    const before = [await verdicts(session, PATHS[0]!), await verdicts(session, PATHS[1]!)];
    await session.decide("a/Dockerfile", "user", "rejected");
    const middle = await verdicts(session, PATHS[0]!);
    await session.acceptRest();
    expect(Object.values(await verdicts(session, "b/Dockerfile"))).not.toContain("undecided");
    expect(await session.undo()).toEqual({ dockerfile: "a/Dockerfile", changeId: null });
    expect([await verdicts(session, PATHS[0]!), await verdicts(session, PATHS[1]!)]).toEqual([
      middle,
      before[1],
    ]);
    expect(await session.undo()).toEqual({ dockerfile: "a/Dockerfile", changeId: "user" });
    expect(await verdicts(session, PATHS[0]!)).toEqual(before[0]);
    expect(await session.undo()).toBeNull();
  });

  it("rejects the rest, and what was accepted but rests on it", async () => {
    const session = new ReviewSession(memoryTree(FILES), PATHS);
    await session.decide("a/Dockerfile", "account", "accepted");
    await session.decide("a/Dockerfile", "ports:80", "accepted");
    await session.rejectRest("a/Dockerfile");
    const after = await verdicts(session, "a/Dockerfile");
    expect(after).toMatchObject({ account: "rejected", user: "rejected" });
    expect(await verdicts(session, "b/Dockerfile")).toMatchObject({ account: "undecided" });
  });

  it("knows nothing but what is under review and offered", async () => {
    const session = new ReviewSession(memoryTree(FILES), ["a/Dockerfile"]);
    await expect(session.open("b/Dockerfile")).rejects.toThrow(ReviewError);
    await expect(session.decide("a/Dockerfile", "users", "rejected")).rejects.toThrow(/no change users/);
  });

  it("keeps a declined Dockerfile with its reason, and advice", async () => {
    const session = new ReviewSession(
      memoryTree({ Dockerfile: "FROM debian:12\nRUN apt-get install -y cron\nCMD cron -f\n" }),
      ["Dockerfile"],
    );
    const { offered, changes, advice } = await session.open("Dockerfile");
    expect([offered.status, offered.reason?.code, changes]).toEqual(["declined", "cron", []]);
    expect(advice).toEqual([]);
  });

  it("shows what one change does by itself", async () => {
    const session = new ReviewSession(memoryTree(FILES), PATHS);
    const { offered, changes } = await session.open("a/Dockerfile");
    const ports = changes.find(({ change }) => change.id === "ports:80")!.change;
    const files = changeFiles(offered, ports);
    expect(files.map(({ path }) => path)).toEqual(["a/Dockerfile", "compose.yaml"]);
    expect(files[0]!.after).toBe(PYTHON.replaceAll("80", "8080"));
    expect(files[1]!.after).toBe(COMPOSE.replace("81:80", "81:8080"));
  });
});

describe("Dockerfiles that share a file", () => {
  it("are consistent: what one leaves of it is what the next one starts from", async () => {
    const session = new ReviewSession(memoryTree(FILES), PATHS);
    await session.acceptRest();
    const all = await session.outcome();
    expect(all.files.find(({ path }) => path === "compose.yaml")!.after).toBe(
      COMPOSE.replace("81:80", "81:8080").replace("82:80", "82:8080"),
    );
    await session.decide("a/Dockerfile", "ports:80", "rejected");
    const without = await session.outcome();
    const compose = without.files.find(({ path }) => path === "compose.yaml")!;
    expect(compose.before).toBe(COMPOSE);
    expect(compose.after).toBe(COMPOSE.replace("82:80", "82:8080"));
    expect(await chosenText(session, "b/Dockerfile", "compose.yaml")).toBe(compose.after);
  });

  it("may be opened in any order", async () => {
    const session = new ReviewSession(memoryTree(FILES), PATHS);
    expect((await session.open("b/Dockerfile")).offered.files.at(-1)!.before).toBe(COMPOSE);
    await session.open("a/Dockerfile");
    expect((await session.open("b/Dockerfile")).offered.files.at(-1)!.before).toBe(
      COMPOSE.replace("81:80", "81:8080"),
    );
  });
});

describe("opening many", () => {
  it("reads nothing before it is asked for, and each file once", async () => {
    const reads: string[] = [];
    const below = memoryTree(FILES);
    const tree: FileTree = {
      list: () => below.list(),
      read(path) {
        reads.push(path);
        return below.read(path);
      },
    };
    const session = new ReviewSession(tree, PATHS);
    expect(reads).toEqual([]);
    await session.open("a/Dockerfile");
    // Another Dockerfile is read at most for what it says of this one: who calls its service, who builds on it.
    expect(session.isOpen("b/Dockerfile")).toBe(false);
    for await (const { dockerfile } of session.files()) expect(session.isOpen(dockerfile)).toBe(true);
    await session.decide("a/Dockerfile", "user", "rejected");
    await session.outcome();
    expect(reads.filter((path) => path.endsWith("Dockerfile")).sort()).toEqual(PATHS);
  });
});

describe("an edited text", () => {
  const open = () => new ReviewSession(memoryTree(FILES), PATHS);

  it("takes the place of the Dockerfile, and says who it runs as", async () => {
    const session = open();
    const text = await session.text("a/Dockerfile");
    expect(text).toContain("USER 10001");
    expect(await session.edit("a/Dockerfile", text.replace("USER 10001", "USER root"))).toMatchObject({
      runsAsRoot: true,
      user: "root",
    });
    const file = await session.open("a/Dockerfile");
    expect(file.chosen.runsAsRoot.after).toBe(true);
    expect(file.chosen.files.map(({ path }) => path)).toEqual(["a/Dockerfile", "compose.yaml"]);
    expect(await verdicts(session, "a/Dockerfile")).toMatchObject({ user: "accepted" });
    expect(await session.edit("a/Dockerfile", "FROM scratch\nUSER 5\n")).toMatchObject({ runsAsRoot: false });
  });

  it("is not taken when BuildKit would not read it", async () => {
    const session = open();
    expect(await session.edit("a/Dockerfile", "FROM a\nRUNN b\n")).toEqual({
      message: "unknown instruction: RUNN",
      line: 2,
    });
    expect((await session.open("a/Dockerfile")).edited).toBeNull();
  });

  it("goes with the next verdict, and comes back with undo", async () => {
    const session = open();
    await session.edit("a/Dockerfile", "FROM scratch\nUSER 5\n");
    const { lostEdit } = await session.decide("a/Dockerfile", "ports:80", "rejected");
    expect(lostEdit).toBe(true);
    expect(await session.text("a/Dockerfile")).toContain("gunicorn");
    await session.undo();
    expect(await session.text("a/Dockerfile")).toBe("FROM scratch\nUSER 5\n");
  });
});

describe("apply", () => {
  const folders: string[] = [];
  afterEach(() => {
    for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
  });
  function project(): { folder: string; read: (path: string) => string } {
    const folder = mkdtempSync(join(tmpdir(), "deroot-review-"));
    folders.push(folder);
    for (const [path, text] of Object.entries(FILES)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    return { folder, read: (path) => readFileSync(join(folder, path), "utf8") };
  }

  it("writes what was accepted, and nothing of what was left undecided or never opened", async () => {
    const { folder, read } = project();
    const session = new ReviewSession(diskTree(folder), PATHS);
    for (const { change } of (await session.open("b/Dockerfile")).changes)
      await session.decide("b/Dockerfile", change.id, "accepted");
    const { files } = await session.apply(folder);
    expect(files.map(({ path }) => path)).toEqual(["b/Dockerfile", "compose.yaml"]);
    expect(read("a/Dockerfile")).toBe(PYTHON);
    expect(read("b/Dockerfile")).toContain("USER 10001");
    expect(read("compose.yaml")).toBe(COMPOSE.replace("82:80", "82:8080"));
  });

  it("writes nothing at all when one of the files changed since it was read", async () => {
    const { folder, read } = project();
    const session = new ReviewSession(diskTree(folder), PATHS);
    await session.acceptRest();
    writeFileSync(join(folder, "b/Dockerfile"), `${PYTHON}# mine\n`);
    await expect(session.apply(folder)).rejects.toThrow(WriteError);
    expect([read("a/Dockerfile"), read("compose.yaml")]).toEqual([PYTHON, COMPOSE]);
  });
});
