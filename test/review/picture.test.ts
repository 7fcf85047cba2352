import { expect, test } from "vitest";
import { memoryTree } from "../../src/file-tree/memory.ts";
import { overlay } from "../../src/file-tree/overlay.ts";
import { pictureOf } from "../../src/review/picture.ts";
import { rewrite } from "../../src/rewrite/index.ts";

const DOCKERFILE = `FROM golang:1.22 AS build
WORKDIR /src
COPY . .
RUN go build -o /out/app .

FROM node:20 AS unused
RUN npm ci

FROM debian:12 AS common
RUN apt-get update

FROM common
WORKDIR /srv
COPY --from=build /out/app /srv/app
RUN mkdir -p /srv/data
VOLUME /srv/data
EXPOSE 80
CMD ["/srv/app", "--port", "80"]
`;
const COMPOSE = `services:
  web:
    build: .
    ports: ["8000:80"]
`;
const tree = memoryTree({ Dockerfile: DOCKERFILE, "compose.yaml": COMPOSE });

async function before() {
  return (await pictureOf(tree, "Dockerfile", { written: ["/srv/data"] }))!;
}

test("stages know what part they play, and each step its user", async () => {
  const { stages, runsAs } = await before();
  expect(stages.map(({ name, role }) => [name, role])).toEqual([
    ["build", "builder"],
    ["unused", "unused"],
    ["common", "parent"],
    ["stage 3", "final"],
  ]);
  expect(stages[3]!.steps.map(({ line, keyword, user }) => [line, keyword, user])).toEqual([
    [13, "WORKDIR", "root"],
    [14, "COPY", "root"],
    [15, "RUN", "root"],
    [16, "VOLUME", "root"],
    [17, "EXPOSE", "root"],
    [18, "CMD", "root"],
  ]);
  expect(stages[3]!.steps[1]!.from).toBe("build");
  expect(runsAs).toEqual({ user: "root", root: true });
});

test("ports lead from the host into the container", async () => {
  expect((await before()).ports).toEqual([
    {
      port: 80,
      protocol: "tcp",
      low: true,
      reached: [{ says: "host 8000", path: "compose.yaml", line: 4 }],
    },
  ]);
});

test("paths belong to root until they are handed over", async () => {
  const owners = (paths: readonly { path: string; owner: string }[]) =>
    Object.fromEntries(paths.map(({ path, owner }) => [path, owner]));
  expect(owners((await before()).paths)).toEqual({ "/srv": "root", "/srv/app": "root", "/srv/data": "root" });
  const result = await rewrite(tree, "Dockerfile");
  const after = (await pictureOf(overlay(tree, result.files), "Dockerfile", { written: ["/srv/data"] }))!;
  expect(after.runsAs).toEqual({ user: "10001", root: false });
  expect(owners(after.paths)).toMatchObject({ "/srv/data": "app:app" });
  expect(after.paths.find(({ path }) => path === "/srv/data")).toMatchObject({
    volume: true,
    written: true,
    root: false,
  });
  expect(after.ports.map(({ port, low }) => [port, low])).toEqual([[8080, false]]);
});

test("a copy through a mount, or from a stage by number, makes that stage a part of the image", async () => {
  const text = `FROM a AS one
FROM b AS two
FROM c
COPY --from=0 /x /x
RUN --mount=type=bind,from=two,target=/t cp /t/y /y
`;
  const { stages } = (await pictureOf(memoryTree({ Dockerfile: text }), "Dockerfile"))!;
  expect(stages.map(({ role }) => role)).toEqual(["builder", "builder", "final"]);
});

test("what is no Dockerfile has no picture", async () => {
  expect(await pictureOf(memoryTree({ Dockerfile: "hello\n" }), "Dockerfile")).toBeNull();
  expect(await pictureOf(memoryTree({}), "Dockerfile")).toBeNull();
});

test("knows the bases that the repository keeps a profile of", async () => {
  const profile = {
    id: "base",
    match: { names: ["corp.example/base"] },
    from: "debian:12",
    facts: { user: "4242" },
    confidence: "knowledge",
  };
  const files = {
    Dockerfile: "FROM corp.example/base\nCOPY . /app\n",
    ".deroot/images/base.json": JSON.stringify(profile),
  };
  expect((await pictureOf(memoryTree(files), "Dockerfile"))?.runsAs).toEqual({ user: "4242", root: false });
  const broken = { ...files, ".deroot/images/base.json": "{" };
  expect(await pictureOf(memoryTree(broken), "Dockerfile")).toBeNull();
});
