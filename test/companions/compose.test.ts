import { describe, expect, test } from "vitest";
import { CompanionError, findCompose, readCompose } from "../../src/companions/index.ts";
import { memoryTree } from "../../src/file-tree/memory.ts";
import { brief, expectExactSites, expectLine } from "./sites.ts";

const service = (body: string, path = "compose.yml") => {
  const text = `services:\n  web:\n${body.replace(/^/gm, "    ")}\n`;
  return { text, web: readCompose(path, text).services[0]! };
};

describe("ports", () => {
  test.each([
    [`"80:80"`, "80", 80, "tcp"],
    [`80:80`, "80", 80, "tcp"],
    [`'8080:80'`, "8080", 80, "tcp"],
    [`"127.0.0.1:8080:80/tcp"`, "8080", 80, "tcp"],
    [`"[::1]:8080:80"`, "8080", 80, "tcp"],
    [`53:53/udp`, "53", 53, "udp"],
    [`80`, null, 80, "tcp"],
    [`"80"`, null, 80, "tcp"],
    [`127.0.0.1::80`, null, 80, "tcp"],
    [`"\${PORT:-80}:80"`, "${PORT:-80}", 80, "tcp"],
    [`\${PORT}:80`, "${PORT}", 80, "tcp"],
    [`"\${BIND:-127.0.0.1}:\${PORT:-8080}:80"`, "${PORT:-8080}", 80, "tcp"],
    [`"80:\${PORT:-80}"`, "80", 80, "tcp"],
    [`"$PORT:80"`, "$PORT", 80, "tcp"],
  ])("- %s", (written, published, target, protocol) => {
    const { text, web } = service(`ports:\n  - ${written}`);
    const [port] = web.ports;
    expect(port).toMatchObject({ published, target, protocol, form: "short", line: 4 });
    expect(text.slice(port!.start, port!.end)).toBe(String(target));
    expect(text.slice(port!.end)).toMatch(/^(?:\/|"|'|}|\n)/);
  });

  test("ranges", () => {
    const { text, web } = service(`ports: ["8000-8010:9000-9010"]`);
    expect(web.ports[0]).toMatchObject({ published: "8000-8010", target: 9000, targetEnd: 9010 });
    expect(text.slice(web.ports[0]!.start, web.ports[0]!.end)).toBe("9000");
  });

  test("long form", () => {
    const { text, web } = service(
      `ports:\n  - target: 80\n    published: "8080"\n    protocol: udp\n  - {target: "443", published: 443}`,
    );
    expect(web.ports).toMatchObject([
      { target: 80, published: "8080", protocol: "udp", form: "long" },
      { target: 443, published: "443", protocol: "tcp", form: "long" },
    ]);
    expect(web.ports.map((port) => text.slice(port.start, port.end))).toEqual(["80", "443"]);
  });

  test("a default names its variable, a variable without one stays open", () => {
    const { web } = service('ports: ["80:${A:-80}", "80:${B}"]');
    expect(web.ports).toMatchObject([{ target: 80, variable: "A" }]);
    expect(web.open).toMatchObject([{ variable: "B", line: 3 }]);
  });
});

describe("build", () => {
  test.each([
    ["build: .", "", "Dockerfile"],
    ["build: ./api/", "api", "api/Dockerfile"],
    ["build: {context: .., dockerfile: docker/prod.Dockerfile}", "..", "../docker/prod.Dockerfile"],
    ["build:\n  dockerfile: Dockerfile.dev", "", "Dockerfile.dev"],
    ["build: ${DIR:-api}", "api", "api/Dockerfile"],
    ["build: .\ndockerfile: Old", "", "Old"],
  ])("%s", (body, context, dockerfile) => {
    expect(service(body).web.build).toMatchObject({ context, dockerfile, target: null });
  });

  test("is relative to the compose file's folder", () => {
    expect(service("build: ../api", "deploy/compose.yml").web.build).toMatchObject({
      context: "api",
      dockerfile: "api/Dockerfile",
    });
  });

  test("a target and arguments", () => {
    const { build } = service(
      "build:\n  context: .\n  target: prod\n  args:\n    - PORT=80\n    - TOKEN",
    ).web;
    expect(build).toMatchObject({
      target: "prod",
      args: new Map([
        ["PORT", "80"],
        ["TOKEN", null],
      ]),
    });
  });

  test.each(["https://github.com/a/b.git#main", "git@github.com:a/b.git", "github.com/a/b"])(
    "not of %s",
    (url) => {
      expect(service(`build: ${url}`).web.build).toBeNull();
    },
  );
});

test("user, and the entry around it", () => {
  for (const written of ["0", '"0:0"', "root", "'${UID:-0}'"]) {
    const { text, web } = service(`image: a\nuser: ${written}\ntty: true`);
    expect(text.slice(web.user!.start, web.user!.end)).toBe(written.replace(/["']/g, ""));
    expect(text.slice(web.user!.directive!.start, web.user!.directive!.end)).toBe(`user: ${written}`);
    expectLine(text, web.user!);
  }
});

test("volumes", () => {
  const { web } = service(
    [
      "volumes:",
      "  - ./data:/data",
      "  - db:/var/lib/db:ro,z",
      "  - /anonymous",
      "  - ${DATA:-./d}:/d",
      "  - C:\\x:/x",
      "  - {type: bind, source: ~/y, target: /y, read_only: true}",
      "tmpfs: /run:size=1m",
    ].join("\n"),
  );
  expect(web.volumes.map(({ type, source, target, readOnly }) => [type, source, target, readOnly])).toEqual([
    ["bind", "./data", "/data", false],
    ["volume", "db", "/var/lib/db", true],
    ["volume", null, "/anonymous", false],
    ["bind", "./d", "/d", false],
    ["bind", "C:\\x", "/x", false],
    ["bind", "~/y", "/y", true],
    ["tmpfs", null, "/run", false],
  ]);
});

test("environment in both forms, with the range of the value", () => {
  for (const body of [
    'environment:\n  - PORT=80\n  - "URL=http://x"\n  - PASSED',
    'environment:\n  PORT: 80\n  URL: "http://x"\n  PASSED:',
  ]) {
    const { text, web } = service(body);
    expect(web.environment.map(({ name, value }) => [name, value])).toEqual([
      ["PORT", "80"],
      ["URL", "http://x"],
      ["PASSED", null],
    ]);
    for (const one of web.environment) {
      expect(text.slice(one.start, one.end)).toBe(one.value ?? "");
      expectLine(text, one);
    }
  }
});

test("the rest of a service", () => {
  const { web } = service(
    "privileged: true\ncap_add: [NET_ADMIN]\nnetwork_mode: host\ncommand: [a, 'b c']\nentrypoint: sh -c x\ndepends_on:\n  db: {condition: service_healthy}\nenv_file: [.env]",
  );
  expect(web).toMatchObject({
    privileged: true,
    capAdd: ["NET_ADMIN"],
    capDrop: [],
    networkMode: "host",
    command: ["a", "b c"],
    entrypoint: "sh -c x",
    dependsOn: ["db"],
    envFiles: [".env"],
  });
});

describe("who reaches a service", () => {
  const text = `
x-env: &env
  API: http://web:80/api
services:
  web:
    build: .
    container_name: site
    expose: ["80", 90/udp]
    healthcheck:
      test: ["CMD", "curl", "-f", "http://localhost:80/", "http://localhost/"]
    labels:
      - traefik.http.services.web.loadbalancer.server.port=80
      - "traefik.http.routers.web.entrypoints=web:80x"
    environment:
      VIRTUAL_PORT: 80
  api:
    image: api
    environment:
      <<: *env
      UPSTREAM: web:80
      PLAIN: http://web
      OTHER: http://other:80
      LONGER: http://web.example.com:80
      SITE: http://site:\${P:-80}
      OPEN: http://web:\${P}
      WEB_HOST: web
      WEB_PORT: 80
    command: wait-for web:80 -- run
`;
  const file = readCompose("compose.yml", text);

  test("each place, exactly", () => {
    const web = file.services.find(({ name }) => name === "web")!;
    expect(brief(web.reached).sort()).toEqual([
      "describe 80",
      "describe udp 90",
      "reach 80",
      "reach 80",
      "reach 80",
      "reach localhost:(80)",
      "reach localhost:80",
      "reach site:80",
      "reach web:(80)",
      "reach web:80",
      "reach web:80",
      "reach web:80",
    ]);
    expectExactSites(text, web.reached);
  });

  test("nothing is said of the service that nobody names", () => {
    expect(file.services.find(({ name }) => name === "api")!.reached).toEqual([]);
  });

  test("a folded value has no exact place, and is told", () => {
    const { web } = service("healthcheck:\n  test: >\n    curl\n    http://localhost:80/");
    expect(web.reached).toEqual([]);
    expect(web.open).toMatchObject([{ variable: null }]);
  });
});

test("merge keys, anchors and extends", () => {
  const { services } = readCompose(
    "compose.yml",
    `
x-base: &base
  user: root
  ports: ["80:80"]
services:
  a: { <<: *base, image: a }
  b:
    extends: a
    ports: ["81:81"]
  c:
    extends: {service: x, file: other.yml}
`,
  );
  expect(services.map(({ user, image }) => [user?.value, image])).toEqual([
    ["root", "a"],
    ["root", "a"],
    [undefined, null],
  ]);
  expect(services[1]!.ports.map(({ target }) => target)).toEqual([81, 80]);
  expect(services[2]!.extends).toEqual({ service: "x", file: "other.yml" });
});

test("CRLF, a byte order mark and version 1 files", () => {
  const text = "\uFEFFweb:\r\n  image: nginx\r\n  ports:\r\n    - 80:80\r\n";
  const [port] = readCompose("docker-compose.yml", text).services[0]!.ports;
  expect(text.slice(port!.start, port!.end + 2)).toBe("80\r\n");
  expect(port!.line).toBe(4);
});

describe("what is no compose file", () => {
  test.each([
    ["not YAML", "services: [\n  a: }", 2],
    ["templated", "services:\n  web:\n{% if x %}\n    image: a\n{% endif %}", 3],
    ["a list", "- a\n- b", 1],
    ["empty", "", 1],
    ["deep flow", "[".repeat(50_000), 1],
    ["deep blocks", "- ".repeat(50_000), 1],
    ["deep indents", Array.from({ length: 1500 }, (_, depth) => `${" ".repeat(depth)}a:`).join("\n"), 1],
    ["huge", `services:\n${"  a: b\n".repeat(400_000)}`, 1],
  ])("%s", (_, text, line) => {
    const read = () => readCompose("compose.yml", text);
    expect(read).toThrow(CompanionError);
    try {
      read();
    } catch (error) {
      expect((error as CompanionError).line).toBe(line);
    }
  });

  test("NUL bytes and cycles do not crash", () => {
    readCompose("compose.yml", "services:\n  a:\n    image: 'x\0y'\n");
    readCompose("compose.yml", "services:\n  a: &a\n    <<: *a\n    extends: a\n    ports: [*a]\n");
    readCompose("compose.yml", "services:\n  a: {extends: b}\n  b: {extends: a}\n");
  });

  test("aliases of aliases cost no more than their text", () => {
    const bomb = ["x0: &x0 {k: v}"];
    for (let depth = 1; depth < 60; depth++) {
      const below = Array.from({ length: 10 }, () => `*x${depth - 1}`).join(", ");
      bomb.push(`x${depth}: &x${depth} {<<: [${below}], a: [${below}]}`);
    }
    const text = `${bomb.join("\n")}\nservices:\n  a: {<<: *x59, ports: *x59, environment: *x59, image: a}\n`;
    expect(readCompose("compose.yml", text).services).toHaveLength(1);
  });
});

test("compose files of a tree", async () => {
  const names = [
    "compose.yaml",
    "deploy/docker-compose.prod.yml",
    "docker-compose-dev.yml",
    "docker-compose.yml",
    "decompose.yml",
    "compose.json",
    "node_modules/x/docker-compose.yml",
  ];
  const tree = memoryTree(Object.fromEntries(names.map((name) => [name, ""])));
  expect(await findCompose(tree)).toEqual([
    "compose.yaml",
    "deploy/docker-compose.prod.yml",
    "docker-compose-dev.yml",
    "docker-compose.yml",
  ]);
});
