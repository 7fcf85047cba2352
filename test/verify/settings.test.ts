import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { diskTree } from "../../src/file-tree/disk.ts";
import { createArguments, AS_IT_IS } from "../../src/verify/container.ts";
import { composeSettings, NO_SETTINGS } from "../../src/verify/settings.ts";

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "deroot-settings-"));
  mkdirSync(join(root, "www"));
  writeFileSync(join(root, "Dockerfile"), "FROM a\n");
  writeFileSync(join(root, ".env.web"), "X=1\n");
});

afterEach(() => rmSync(root, { recursive: true }));

it("takes over what compose says about the service and what it depends on", async () => {
  writeFileSync(
    join(root, "compose.yaml"),
    `services:
  web:
    build: .
    command: run "two words"
    entrypoint: ["/start", "-x"]
    user: "1000"
    env_file: .env.web
    environment:
      GREETING: hello
      MODE: \${MODE:-fast}
    ports: ["80:8080"]
    volumes:
      - data:/data
      - ./www:/srv/www:ro
      - .:/app
      - /var/run/docker.sock:/var/run/docker.sock
    tmpfs: /scratch
    depends_on:
      db: { condition: service_healthy }
      built: { condition: service_completed_successfully }
    links: [mail:smtp]
    healthcheck:
      test: ["CMD-SHELL", "echo $$HOME"]
  db:
    image: postgres:15
    environment: { POSTGRES_PASSWORD: secret }
    volumes: ["db:/var/lib/postgresql/data"]
    depends_on: [cache]
  cache:
    image: redis:7
  built:
    build: { context: ./built, args: { A: b } }
  mail:
    image: mailhog
  unrelated:
    image: other
`,
  );
  const { settings, sides, notes } = await composeSettings(diskTree(root), root, "Dockerfile");
  expect(settings).toEqual({
    env: ["GREETING=hello", "MODE=fast"],
    envFiles: [join(root, ".env.web")],
    mounts: [],
    volumes: ["/data", "/app"],
    tmpfs: ["/scratch"],
    copies: [{ source: join(root, "www"), target: "/srv/www" }],
    user: "1000",
    entrypoint: ["/start", "-x"],
    command: ["run", "two words"],
    healthcheck: ["CMD-SHELL", "echo $HOME"],
    ports: [8080],
  });
  expect(sides.map(({ name, image, until }) => [name, image, until])).toEqual([
    ["unrelated", "other", undefined],
    ["cache", "redis:7", "started"],
    ["db", "postgres:15", "healthy"],
    ["built", "", "completed"],
    ["mail", "mailhog", "started"],
  ]);
  expect(sides[3]?.build).toMatchObject({ context: "built", dockerfile: "built/Dockerfile" });
  expect(notes.join("\n")).toMatch(/docker\.sock/);
});

it("starts ready-made images where no service says what it depends on, and does without them", async () => {
  writeFileSync(
    join(root, "compose.yaml"),
    "services:\n  web:\n    build: .\n  redis:\n    image: redis:7\n  proxy:\n    image: traefik\n    depends_on: [web]\n  other:\n    build: ./other\n",
  );
  const { sides } = await composeSettings(diskTree(root), root, "Dockerfile");
  expect(sides.map(({ name, optional }) => [name, optional])).toEqual([["redis", true]]);
});

it("takes nothing from outside of the repository, however it is named", async () => {
  symlinkSync(tmpdir(), join(root, "link"));
  writeFileSync(
    join(root, "compose.yaml"),
    `services:
  web:
    build: .
    env_file: [link]
    volumes:
      - ../..:/host:ro
      - ./link:/linked:ro
`,
  );
  const { settings } = await composeSettings(diskTree(root), root, "Dockerfile");
  expect([settings.copies, settings.envFiles]).toEqual([[], []]);
  expect(settings.volumes).toEqual(["/host", "/linked"]);
});

it("asks for nothing where no compose service builds it", async () => {
  expect(await composeSettings(diskTree(root), root, "Dockerfile")).toEqual({
    settings: NO_SETTINGS,
    sides: [],
    notes: [],
  });
});

it("starts containers with arrays of arguments, as strictly as a cluster would", () => {
  const request = {
    image: "app",
    name: "n",
    labels: ["l=1"],
    settings: {
      ...NO_SETTINGS,
      env: ["A=b c; $(d)"],
      entrypoint: ["/start", "-x"],
      command: ["go"],
      volumes: ["/data"],
    },
    rights: { strict: true, capabilities: [], user: "1000690000:0" },
    publish: [8080],
    network: "net",
  };
  expect(createArguments(request)).toEqual(
    [
      ["create", "--name", "n", "--no-healthcheck", "--stop-timeout", "0", "--label", "l=1"],
      ["--cap-drop", "ALL", "--security-opt", "no-new-privileges"],
      ["--sysctl", "net.ipv4.ip_unprivileged_port_start=1024"],
      ["--user", "1000690000:0", "--network", "net", "--publish", "127.0.0.1::8080"],
      ["--env", "A=b c; $(d)", "--volume", "/data", "--entrypoint", "/start", "app", "-x", "go"],
    ].flat(),
  );
  expect(createArguments({ ...request, rights: AS_IT_IS })).not.toContain("--cap-drop");
});
