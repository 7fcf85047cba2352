import { describe, expect, test } from "vitest";
import { adviceOf } from "../../src/report/report.ts";
import { rewrite } from "../../src/rewrite/index.ts";
import { memoryTree } from "../../src/file-tree/memory.ts";
import { overlay } from "../../src/file-tree/overlay.ts";

const NODE =
  'FROM node:20-slim\nENV PORT=80\nCOPY server.js /srv/\nEXPOSE 80\nCMD ["node", "/srv/server.js"]\n';
const SERVER = "require('http').createServer().listen(process.env.PORT);\n";
const VALUES = "image:\n  repository: acme/shop\ncontainerPort: 80\n";
const COMPOSE = 'services:\n  shop:\n    build: .\n    image: acme/shop\n    ports: ["80:80"]\n';

describe("a port that cannot move everywhere", () => {
  const files = {
    Dockerfile: NODE,
    "server.js": SERVER,
    "compose.yaml": COMPOSE,
    "chart/values.yaml": VALUES,
  };

  test("is a manual change that names every place", async () => {
    const result = await rewrite(memoryTree(files), "Dockerfile");
    const change = result.changes.find(({ id }) => id === "ports:80");
    expect(change?.applicability).toBe("manual");
    expect(change?.reason).toContain("chart/values.yaml:3");
    for (const place of ["Dockerfile:2", "Dockerfile:4", "compose.yaml:5"])
      expect(change?.reason).toContain(place);
    expect(change?.edits.map(({ path }) => path)).toEqual(["Dockerfile", "Dockerfile", "compose.yaml"]);
  });

  test("stays everywhere", async () => {
    const result = await rewrite(memoryTree(files), "Dockerfile");
    expect(result.ports).toEqual([]);
    expect(result.files.map(({ path }) => path)).toEqual(["Dockerfile"]);
    expect(result.files[0]!.after).toMatch(/ENV PORT=80\n[^]*EXPOSE 80\n[^]*USER 1000\n/);
  });

  test("is shown where it is decided", async () => {
    const result = await rewrite(memoryTree(files), "Dockerfile");
    const advice = adviceOf(result).find(({ title }) => title === "Listen on 8080 instead of 80, by hand");
    expect(advice).toMatchObject({ path: "Dockerfile", line: 2 });
  });

  test("moves when the place is gone", async () => {
    const result = await rewrite(memoryTree({ ...files, "chart/values.yaml": "" }), "Dockerfile");
    expect(result.ports).toEqual([{ from: 80, to: 8080, protocol: "tcp" }]);
  });
});

test("a port that sources call by the service's name does not move without them", async () => {
  const files = {
    "app/Dockerfile": 'FROM python:3.12-slim\nEXPOSE 80\nCMD ["python", "-m", "http.server", "80"]\n',
    "compose.yaml": 'services:\n  app:\n    build: app\n    ports: ["80:80"]\n',
    "tests/run.sh":
      "#!/bin/sh\ncurl http://app/health\n: > /dev/tcp/app/80\ncurl http://app:9000 http://apple/\n",
  };
  const { changes, ports } = await rewrite(memoryTree(files), "app/Dockerfile");
  expect(ports).toEqual([]);
  const reason = changes.find(({ id }) => id === "ports:80")?.reason;
  for (const place of ["tests/run.sh:2", "tests/run.sh:3"]) expect(reason).toContain(place);
  expect(reason).not.toContain("tests/run.sh:4");
});

test("the services of a CI job stand in the way of a port that they publish", async () => {
  const files = {
    Dockerfile: NODE,
    "server.js": SERVER,
    "compose.yaml": COMPOSE,
    ".github/workflows/test.yml":
      "jobs:\n  test:\n    services:\n      shop:\n        image: acme/shop:latest\n        ports:\n          - 8000:80\n          - 9000:9000\n",
  };
  const { changes, ports } = await rewrite(memoryTree(files), "Dockerfile");
  expect(ports).toEqual([]);
  const change = changes.find(({ id }) => id === "ports:80");
  expect(change?.reason).toContain(".github/workflows/test.yml:7 (CI service port 8000:80)");
  expect(change?.reason).not.toContain("test.yml:8");
});

test("server configuration that pods of other images mount, too, does not move", async () => {
  const pod = (image: string): string =>
    `---\napiVersion: v1\nkind: Pod\nmetadata: { name: ${image.split("/").at(-1)} }\nspec:\n  containers:\n    - image: ${image}\n      volumeMounts: [{ name: conf, mountPath: /etc/nginx/conf.d }]\n  volumes: [{ name: conf, configMap: { name: conf } }]\n`;
  const map =
    "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: conf }\ndata:\n  a.conf: |\n    server {\n      listen 80;\n    }\n";
  const files = {
    Dockerfile: "FROM nginx:1.27\nCOPY index.html /usr/share/nginx/html/\n",
    "index.html": "",
    Makefile: "image:\n\tdocker build -t acme/shop .\n",
  };
  const own = await rewrite(memoryTree({ ...files, "k8s.yaml": map + pod("acme/shop") }), "Dockerfile");
  expect(own.files.find(({ path }) => path === "k8s.yaml")?.after).toContain("listen 8080;");
  const both = map + pod("acme/shop") + pod("nginx");
  const { ports, changes } = await rewrite(memoryTree({ ...files, "k8s.yaml": both }), "Dockerfile");
  expect(ports).toEqual([]);
  expect(changes.find(({ id }) => id === "ports:80")?.reason).toContain("k8s.yaml:7 (listen 80, for other");
});

test("compose services with an image called like the folder keep the port where it is", async () => {
  const files = {
    "image-gallery/Dockerfile":
      'FROM python:3.12-slim\nEXPOSE 80\nCMD ["python", "-m", "http.server", "80"]\n',
    "chapter/compose.yaml":
      'services:\n  gallery:\n    image: acme/ch04-image-gallery\n    ports: ["8000:80"]\n  other:\n    image: acme/gallery\n    environment: [API=http://gallery/]\n    ports: ["8001:80"]\n',
  };
  const { ports, changes } = await rewrite(memoryTree(files), "image-gallery/Dockerfile");
  expect(ports).toEqual([]);
  const reason = changes.find(({ id }) => id === "ports:80")?.reason;
  for (const line of [4, 7]) expect(reason).toContain(`chapter/compose.yaml:${line}`);
  expect(reason).not.toContain("chapter/compose.yaml:8");
});

test("a port whose listener is not found is left to a person", async () => {
  const files = { Dockerfile: 'FROM debian:12\nCOPY app /app\nEXPOSE 80\nCMD ["/app"]\n', app: "" };
  const { changes, ports } = await rewrite(memoryTree(files), "Dockerfile");
  const change = changes.find(({ id }) => id === "ports:80");
  expect(change).toMatchObject({ applicability: "manual", evidence: [{ where: "Dockerfile", line: 3 }] });
  expect(change?.reason).toContain("What listens on 80 was not found");
  expect(ports).toEqual([]);
});

describe("places that may mean a port that moved are told, and stay", () => {
  const app = {
    "app/Dockerfile": 'FROM python:3.12-slim\nEXPOSE 80\nCMD ["python", "-m", "http.server", "80"]\n',
    "compose.yaml": 'services:\n  app:\n    build: app\n    ports: ["80:80"]\n',
  };

  async function told(others: Record<string, string>): Promise<string[]> {
    const result = await rewrite(memoryTree({ ...app, ...others }), "app/Dockerfile");
    expect(result.files.map(({ path }) => path)).toEqual(["app/Dockerfile", "compose.yaml"]);
    return result.advice
      .filter(({ title }) => title.includes("may mean"))
      .map(({ path, line }) => `${path}:${line}`);
  }

  test("programs that set up the project's infrastructure", async () => {
    const stack = "new Service({\n  portMappings: [{ containerPort: 80 }, { containerPort: 81 }],\n});\n";
    expect(
      await told({ "cdk.json": "{}", "lib/stack.ts": stack, "infra/main.tf": "container_port = 80\n" }),
    ).toEqual(["infra/main.tf:1", "lib/stack.ts:2"]);
    expect(await told({ "other/cdk.json": "{}", "other/lib/stack.ts": stack })).toEqual([]);
  });

  test("what publishes whatever the image exposes, and platforms that may build it", async () => {
    const compose = app["compose.yaml"].replace("build: app", "build: app\n    image: acme/app");
    expect(
      await told({
        "compose.yaml": compose,
        Makefile: "run:\n\tdocker run -P acme/app\n\tdocker run -P nginx\n",
        Procfile: "web: gunicorn --bind :80 app\nworker: celery -A app\n",
        "app.json": '{ "env": { "PORT": { "value": "80" } } }',
        ".devcontainer/devcontainer.json": '{ "image": "x/y", "forwardPorts": [80, 3000] }',
      }),
    ).toEqual(["Makefile:2", ".devcontainer/devcontainer.json:1", "Procfile:1", "app.json:1"]);
  });

  test("services of the same name whose image nothing says the origin of", async () => {
    const stack = (image: string): string =>
      `services:\n  app:\n    image: ${image}\n    ports:\n      - "80:80"\n      - "9000:9000"\n`;
    expect(await told({ "docker-stack.yml": stack("acme/site:1.2") })).toEqual(["docker-stack.yml:5"]);
    expect(await told({ "docker-compose.prod.yml": stack("nginx") })).toEqual([]);
    expect(await told({ "other/compose.yml": stack("acme/site") })).toEqual([]);
  });

  test("pods whose image nothing says the origin of", async () => {
    const pod = (image: string): string =>
      `apiVersion: v1\nkind: Pod\nspec:\n  containers:\n    - image: ${image}\n      ports:\n        - containerPort: 80\n`;
    expect(await told({ "app/k8s/site.yaml": pod("acme/site") })).toEqual(["app/k8s/site.yaml:7"]);
    expect(await told({ "deploy/web.yaml": pod("nginx"), "deploy/db.yaml": pod("acme/db") })).toEqual([]);
  });

  test("but a pod whose image is called like the Dockerfile's folder keeps the port where it is", async () => {
    const pod =
      "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n    - image: acme/shop-app\n      ports:\n        - containerPort: 80\n";
    const result = await rewrite(memoryTree({ ...app, "deploy/pod.yaml": pod }), "app/Dockerfile");
    expect(result.files.map(({ path }) => path)).toEqual(["app/Dockerfile"]);
    expect(result.ports).toEqual([]);
    const [move] = result.changes.filter(({ pass }) => pass === "ports");
    expect(move).toMatchObject({ applicability: "manual" });
    expect(move!.reason).toContain("deploy/pod.yaml:7");
  });
});

test("a compose file that cannot be read is left alone and named", async () => {
  const files = { Dockerfile: NODE, "server.js": SERVER, "compose.yaml": "services:\n  app: [unclosed\n" };
  const result = await rewrite(memoryTree(files), "Dockerfile");
  expect(result.files.map(({ path }) => path)).toEqual(["Dockerfile"]);
  expect(result.advice).toContainEqual(
    expect.objectContaining({ title: "compose.yaml was not understood", path: "compose.yaml" }),
  );
});

describe("two Dockerfiles whose servers read one file", () => {
  const dockerfile = "FROM nginx:1.27\nCOPY nginx.conf /etc/nginx/conf.d/default.conf\nEXPOSE 80\n";
  const files = {
    Dockerfile: dockerfile,
    "Dockerfile.prod": dockerfile,
    "nginx.conf": "server {\n  listen 80;\n  root /srv;\n}\n",
    "compose.yaml":
      'services:\n  dev:\n    build: .\n    ports: ["80:80"]\n  prod:\n    build: { context: ., dockerfile: Dockerfile.prod }\n    ports: ["81:80"]\n',
  };

  test("move together, and the second finds nothing left to move", async () => {
    const tree = memoryTree(files);
    const first = await rewrite(tree, "Dockerfile");
    const second = await rewrite(overlay(tree, first.files), "Dockerfile.prod");
    expect(second.changes.map(({ pass }) => pass)).not.toContain("ports");
    const after = new Map([...first.files, ...second.files].map((file) => [file.path, file.after]));
    expect(after.get("compose.yaml")).toContain('["80:8080"]');
    expect(after.get("compose.yaml")).toContain('["81:8080"]');
    expect(after.get("Dockerfile.prod")).toMatch(/EXPOSE 8080\n[^]*USER 101\n/);
  });

  test("stay together where one of them is opted out", async () => {
    const ignored = memoryTree({ ...files, "Dockerfile.prod": `# deroot-ignore\n${dockerfile}` });
    const { changes, ports } = await rewrite(ignored, "Dockerfile");
    expect(ports).toEqual([]);
    const change = changes.find(({ id }) => id === "ports:80");
    expect(change?.applicability).toBe("manual");
    expect(change?.reason).toContain("Dockerfile.prod");
  });
});

test("a port of the source that the image does not expose is left to a person", async () => {
  const files = {
    Dockerfile: 'FROM node:20\nCOPY server.js /srv/\nEXPOSE 8080\nCMD ["node", "/srv/server.js"]\n',
    "server.js": "require('http').createServer().listen(8080);\nif (process.env.TLS) redirect.listen(80);\n",
  };
  const { changes, ports } = await rewrite(memoryTree(files), "Dockerfile");
  expect(ports).toEqual([]);
  expect(changes.find(({ id }) => id === "ports:80")?.reason).toContain("does not expose");
});

test("an image that starts nothing listens on nothing, whatever the source says", async () => {
  const files = {
    Dockerfile: "FROM golang:1.24\nWORKDIR /src\nCOPY . .\nRUN go build -o /server .\n",
    "main.go": 'package main\n\nimport "net/http"\n\nfunc main() { http.ListenAndServe(":80", nil) }\n',
  };
  const { files: changed } = await rewrite(memoryTree(files), "Dockerfile");
  expect(changed.map(({ path }) => path)).toEqual(["Dockerfile"]);
});
