import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { diskTree } from "../../src/file-tree/disk.ts";
import { parseDecisions, ReviewSession } from "../../src/review/index.ts";
import type { Event } from "../../src/review/web/protocol.ts";
import { ReviewDesk } from "../../src/review/web/desk.ts";
import type { Verifier } from "../../src/review/web/verifier.ts";

const WEB = `FROM python:3.12-slim
WORKDIR /app
COPY . .
EXPOSE 80
CMD ["gunicorn", "--bind", "0.0.0.0:80", "app:app"]
`;
const COMPOSE = `services:
  a:
    build: ./a
    ports: ["8000:80"]
  b:
    build: ./b
    ports: ["8001:80"]
`;
const PROJECT = {
  "a/Dockerfile": WEB,
  "b/Dockerfile": WEB,
  "compose.yaml": COMPOSE,
  "c/Dockerfile": "FROM alpine\nCMD crond -f\n",
};

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

const idle: Verifier = () => Promise.reject(new Error("nobody asked for this"));

function open(files: Readonly<Record<string, string>> = PROJECT, verifier: Verifier = idle) {
  const root = mkdtempSync(join(tmpdir(), "deroot-desk-"));
  folders.push(root);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  const tree = diskTree(root);
  const dockerfiles = Object.keys(files).filter((path) => path.endsWith("Dockerfile"));
  const session = new ReviewSession(tree, dockerfiles);
  const tool = { name: "deroot", version: "1" };
  const desk = new ReviewDesk({ session, tree, root, tool, pages: new Map(), verifier });
  const events: Event[] = [];
  desk.listen((event) => events.push(event));
  const changed = () => events.flatMap((event) => (event.type === "changed" ? [event.dockerfile] : []));
  return { desk, root, events, changed, read: (path: string) => readFileSync(join(root, path), "utf8") };
}

const afterOf = async (desk: ReviewDesk, dockerfile: string, path = dockerfile) =>
  (await desk.detail(dockerfile)).files.find((file) => file.path === path)?.after ?? null;

test("the list is there at once and fills while Dockerfiles are read", async () => {
  const { desk, events } = open();
  expect((await desk.overview()).items.map(({ dockerfile, status }) => [dockerfile, status])).toEqual([
    ["a/Dockerfile", null],
    ["b/Dockerfile", null],
    ["c/Dockerfile", null],
  ]);
  await desk.readAll();
  const told = events.flatMap((event) => (event.type === "items" ? event.items : []));
  expect(told.map(({ status }) => status)).toEqual(["rewritten", "rewritten", "declined"]);
  expect((await desk.overview()).items).toEqual(told);
});

test("a choice is rendered again by the rewrite, with what had to come along", async () => {
  const { desk } = open();
  expect(await afterOf(desk, "a/Dockerfile")).toContain("USER 10001");
  const chosen = await desk.decide("a/Dockerfile", "user", "rejected", false);
  expect(chosen.taken).toBe(true);
  expect(chosen.along).toContain("account");
  expect(await afterOf(desk, "a/Dockerfile")).not.toContain("USER");
  const refused = await desk.decide("a/Dockerfile", "account", "accepted", false);
  expect([refused.taken, refused.needs]).toEqual([false, ["user"]]);
  await desk.undo();
  expect(await afterOf(desk, "a/Dockerfile")).toContain("USER 10001");
});

test("a choice that touches a shared file is told for the Dockerfiles after it, too", async () => {
  const { desk, changed } = open();
  await desk.readAll();
  expect(await afterOf(desk, "b/Dockerfile", "compose.yaml")).toContain("8000:8080");
  await desk.decide("a/Dockerfile", "ports:80", "rejected", false);
  expect(await afterOf(desk, "b/Dockerfile", "compose.yaml")).toContain('8000:80"');
  expect(changed()).toEqual(["a/Dockerfile", "b/Dockerfile"]);
});

test("what is accepted is written, once", async () => {
  const { desk, read, events } = open();
  await desk.decideRest("a/Dockerfile", "accepted");
  await desk.decideRest("b/Dockerfile", "rejected");
  const applied = await desk.apply();
  expect(applied).toEqual({ files: ["a/Dockerfile", "compose.yaml"], gitStatus: null, failures: [] });
  expect(desk.hasWritten).toBe(true);
  expect(read("a/Dockerfile")).toContain("USER 10001");
  expect(read("b/Dockerfile")).toBe(WEB);
  expect(read("compose.yaml")).toBe(COMPOSE.replace("8000:80", "8000:8080"));
  expect(events.some((event) => event.type === "overview" && event.overview.applied !== null)).toBe(true);
  await expect(desk.apply()).rejects.toMatchObject({ status: 409 });
  await expect(desk.decide("a/Dockerfile", "user", "rejected", false)).rejects.toMatchObject({ status: 409 });
});

test("nothing is written over what somebody else has changed", async () => {
  const { desk, root, read } = open();
  await desk.decideRest(null, "accepted");
  writeFileSync(join(root, "compose.yaml"), "services: {}\n");
  await expect(desk.apply()).rejects.toMatchObject({ status: 409 });
  expect(read("a/Dockerfile")).toBe(WEB);
  expect((await desk.overview()).applied).toBeNull();
});

test("choices can be kept and read again", async () => {
  const { desk } = open();
  await desk.decide("a/Dockerfile", "ports:80", "rejected", false);
  const decisions = parseDecisions(await desk.decisions());
  expect(decisions.dockerfiles["a/Dockerfile"]!.changes["ports:80"]!.verdict).toBe("rejected");
});

test("no path leads out of the project, nor to what git hides in it", async () => {
  const { desk, root } = open({
    ...PROJECT,
    "a/app.py": "import os\n",
    ".git/config": "[core]\n",
    "a/blob": "x\0y",
  });
  symlinkSync("/etc/hostname", join(root, "a/link"));
  expect(await desk.source("a/app.py")).toEqual({ path: "a/app.py", text: "import os\n" });
  for (const path of [
    "../x",
    "/etc/passwd",
    "a/../../x",
    "a/../a/app.py",
    ".git/config",
    "a/link",
    "a/blob",
    "",
    "a",
  ])
    await expect(desk.source(path), path).rejects.toMatchObject({ status: 404 });
});

test("what is not under review is refused", async () => {
  const { desk } = open();
  await expect(desk.detail("x/Dockerfile")).rejects.toMatchObject({ status: 404 });
  await expect(desk.decide("a/Dockerfile", "nothing", "rejected", false)).rejects.toMatchObject({
    status: 404,
  });
  await expect(desk.decideRest("x/Dockerfile", "accepted")).rejects.toMatchObject({ status: 404 });
  await expect(desk.page("../../etc/passwd")).rejects.toMatchObject({ status: 404 });
});

const SAME = {
  verdict: "same" as const,
  reason: null,
  remedy: null,
  findings: [],
  notes: [],
  facts: [],
  engine: "docker 1",
  seconds: 1,
};

test("a verification tells its progress, and what it saw until the choices change", async () => {
  let finish!: () => void;
  const files: string[][] = [];
  const verifier: Verifier = async (chosen, _signal, onProgress) => {
    files.push(chosen.files.map(({ path }) => path));
    onProgress("build", "step 1");
    await new Promise<void>((done) => (finish = done));
    return SAME;
  };
  const { desk, events } = open(PROJECT, verifier);
  await desk.decide("a/Dockerfile", "ports:80", "rejected", false);
  await desk.verify("a/Dockerfile");
  expect((await desk.overview()).verifying).toBe("a/Dockerfile");
  await expect(desk.verify("b/Dockerfile")).rejects.toMatchObject({ status: 409 });
  expect(files).toEqual([["a/Dockerfile"]]);
  expect(events).toContainEqual({
    type: "progress",
    dockerfile: "a/Dockerfile",
    stage: "build",
    line: "step 1",
  });
  finish();
  await expect.poll(async () => (await desk.overview()).verifying).toBeNull();
  expect((await desk.detail("a/Dockerfile")).verification).toEqual({ ...SAME, stale: false });
  await desk.decide("a/Dockerfile", "ports:80", "accepted", false);
  expect((await desk.detail("a/Dockerfile")).verification).toEqual({ ...SAME, stale: true });
});

test("a verification that is cancelled leaves no verdict; one that stumbles says so", async () => {
  const verifier: Verifier = (_chosen, signal) =>
    new Promise((done) => signal.addEventListener("abort", () => done(SAME)));
  const { desk } = open(PROJECT, verifier);
  await desk.verify("a/Dockerfile");
  await desk.cancel();
  expect((await desk.detail("a/Dockerfile")).verification).toBeNull();
  const other = open(PROJECT, () => Promise.reject(new Error("boom"))).desk;
  await other.verify("a/Dockerfile");
  await expect.poll(async () => (await other.overview()).verifying).toBeNull();
  expect((await other.detail("a/Dockerfile")).verification).toMatchObject({
    verdict: "not comparable",
    reason: "deroot stumbled: boom",
  });
});

test("there is nothing to verify where no change is accepted", async () => {
  const { desk } = open();
  await expect(desk.verify("c/Dockerfile")).rejects.toMatchObject({ status: 409 });
});
