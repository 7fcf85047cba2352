/** The invariants again, on Dockerfiles that nobody wrote: generated ones, and fixtures with lines lost, doubled, swapped. */
import { readFileSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { RewriteOptions, RewriteResult } from "../src/rewrite/index.ts";
import { type Project, expectInvariants, expectPatchesApply, project } from "./invariants.ts";

const RUNS = 150;
const rewritten: { given: Project; result: RewriteResult }[] = [];

const base = fc.constantFrom(
  "debian:12-slim",
  "ubuntu:24.04",
  "alpine:3.20",
  "node:20-slim",
  "python:3.12-alpine",
  "nginx:1.27-alpine",
  "php:8.3-apache",
  "golang:1.22",
  "mcr.microsoft.com/dotnet/aspnet:8.0",
  "registry.access.redhat.com/ubi9/ubi-minimal",
  "gcr.io/distroless/static-debian12",
  "scratch",
  "registry.example.com/team/base:7",
  "$BASE",
  "--platform=linux/amd64 debian:12",
);

const path = fc.constantFrom(
  "/app",
  "/srv/my-app",
  "/root",
  "/root/app",
  "/data",
  "/var/lib/x",
  "/opt/x/y",
  "/",
  "rel",
  "$DIR",
  "/tmp",
);
const user = fc.constantFrom(
  "root",
  "0",
  "0:0",
  "app",
  "app:app",
  "1000",
  "10001:0",
  "$APP_USER",
  "nobody",
  "node",
);
const port = fc.constantFrom("80", "443", "8080", "25", "80/tcp", "53/udp", "$PORT", "80 443", "81-83");

const command = fc.oneof(
  fc.constantFrom(
    "apt-get update && apt-get install -y curl",
    "apk add --no-cache curl",
    "npm ci",
    "pip install --user -r requirements.txt",
    "useradd -m app",
    "groupadd -g 2000 app && useradd -u 2000 -g app app",
    "adduser -D -u 1000 app",
    "addgroup -S app && adduser -S -G app app",
    "chmod 700 /start.sh",
    "chmod u+x start.sh",
    "echo '# not a comment' > /etc/x",
    "set -ex; for i in 1 2; do touch /data/$i; done",
    "rm -rf /root/.cache",
    "ln -sf /dev/stdout /var/log/x.log",
    "sed -i 's/80/8080/' /etc/x",
    'echo "unfinished',
    "( cd /root && ./install )",
    "userdel app",
  ),
  path.map((to) => `mkdir -p ${to} && chown -R app ${to}`),
  path.map((to) => `chmod -R 777 ${to}`),
);

const instruction = fc.oneof(
  { arbitrary: command.map((body) => `RUN ${body}`), weight: 4 },
  { arbitrary: command.map((body) => `RUN ${body.replaceAll(" && ", " \\\n    && ")}`), weight: 1 },
  { arbitrary: command.map((body) => `RUN <<EOF\n${body}\nEOF`), weight: 1 },
  { arbitrary: command.map((body) => `RUN --mount=type=cache,target=/root/.cache ${body}`), weight: 1 },
  { arbitrary: path.map((to) => `WORKDIR ${to}`), weight: 2 },
  { arbitrary: user.map((name) => `USER ${name}`), weight: 2 },
  { arbitrary: path.map((to) => `COPY . ${to}`), weight: 2 },
  { arbitrary: path.map((to) => `COPY --from=0 --chmod=700 /a ${to}/`), weight: 1 },
  { arbitrary: path.map((to) => `COPY --link ["a b", "${to}"]`), weight: 1 },
  { arbitrary: path.map((to) => `ADD https://example.com/x.tar.gz ${to}`), weight: 1 },
  { arbitrary: path.map((to) => `VOLUME ${to}`), weight: 1 },
  { arbitrary: path.map((to) => `VOLUME ["${to}", "/logs"]`), weight: 1 },
  { arbitrary: port.map((number) => `EXPOSE ${number}`), weight: 2 },
  {
    arbitrary: fc.constantFrom(
      "ENV PORT=80",
      "ENV HOME=/root PATH=/root/bin:$PATH",
      "ENV DIR /srv/dir",
      "ARG APP_USER=app",
      "ARG UNSET",
      "LABEL a=b",
      'SHELL ["/bin/bash", "-c"]',
      "STOPSIGNAL INT",
      "ONBUILD COPY . /app",
      "HEALTHCHECK CMD curl -f http://localhost/ || exit 1",
      "HEALTHCHECK NONE",
      "# a comment",
      "# deroot-ignore-next-line",
      "# deroot-ignore-next-line ports,user",
      "",
      "   ",
    ),
    weight: 3,
  },
  {
    arbitrary: fc.constantFrom(
      'CMD ["node", "server.js"]',
      "CMD python -m http.server 80",
      'ENTRYPOINT ["/start.sh"]',
      'ENTRYPOINT ["nginx", "-g", "daemon off;"]',
      "CMD gunicorn -b 0.0.0.0:80 app:app > /var/log/app.log",
      'CMD ["/root/app"]',
    ),
    weight: 2,
  },
);

const stage = fc
  .tuple(base, fc.option(fc.constantFrom("one", "Two", "three")), fc.array(instruction, { maxLength: 9 }))
  .map(([image, name, lines]) => [`FROM ${image}${name === null ? "" : ` AS ${name}`}`, ...lines]);

const style = fc.record({
  eol: fc.constantFrom("\n", "\n", "\r\n"),
  last: fc.boolean(),
  bom: fc.boolean(),
  lower: fc.boolean(),
  head: fc.constantFrom(
    "",
    "ARG BASE=debian:12\n",
    "# syntax=docker/dockerfile:1\n",
    "# escape=`\n",
    "\n# about\n\n",
  ),
  inherits: fc.boolean(),
});

const dockerfile = fc
  .tuple(fc.array(stage, { minLength: 1, maxLength: 3 }), style)
  .map(([stages, { eol, last, bom, lower, head, inherits }]) => {
    const lines = stages.flat();
    const name = / AS (\w+)$/.exec(stages[0]![0]!)?.[1];
    if (inherits && name && stages.length > 1) lines.push(`FROM ${name}`, "COPY . .");
    const text = head + lines.join("\n") + (last ? "\n" : "");
    const cased = lower
      ? text.replace(/^(FROM|RUN|COPY|USER|WORKDIR|CMD|EXPOSE)\b/gm, (word) => word.toLowerCase())
      : text;
    return (bom ? "\uFEFF" : "") + cased.replaceAll("\n", eol);
  });

const options = fc.constantFrom<RewriteOptions>(
  {},
  {},
  { ownership: "strict" },
  { ownership: "group0" },
  { userStyle: "name" },
  { account: "new", uid: 4000 },
  { keepPorts: true },
  { min: "safe" },
  { skip: ["account"] },
  { only: ["ports", "user"] },
  { target: "one" },
);

test("generated Dockerfiles keep the promises", async () => {
  await fc.assert(
    fc.asyncProperty(dockerfile, options, async (text, chosen) => {
      const given = project(text, OTHERS);
      rewritten.push({ given, result: await expectInvariants(given, chosen, 3) });
    }),
    { numRuns: RUNS, seed: 1 },
  );
});

const OTHERS = {
  "start.sh": '#!/bin/sh\nmkdir -p /run/x\nexec "$@"\n',
  "requirements.txt": "flask\n",
  "server.js": "require('http').createServer().listen(process.env.PORT || 80);\n",
};

const fixtures = fileURLToPath(new URL("fixtures/", import.meta.url));
const originals = readdirSync(fixtures, { recursive: true, encoding: "utf8" })
  .filter((file) => /\bbefore\b.*\bDockerfile$/.test(file))
  .sort()
  .map((file) => readFileSync(fixtures + file, "utf8"));

type Mutation = (lines: string[], at: number, to: number) => string[];

const mutations: Record<string, Mutation> = {
  drop: (lines, at) => lines.toSpliced(at, 1),
  double: (lines, at) => lines.toSpliced(at, 0, lines[at]!),
  move: (lines, at, to) => lines.toSpliced(at, 1).toSpliced(to, 0, lines[at]!),
  swap: (lines, at, to) => lines.with(at, lines[to]!).with(to, lines[at]!),
  cut: (lines, at, to) => [...lines.slice(0, at), lines[at]!.slice(0, to * 3)],
  blank: (lines, at) => lines.toSpliced(at, 0, ""),
  comment: (lines, at) => lines.with(at, `# ${lines[at]!}`),
  continue: (lines, at) => lines.with(at, `${lines[at]!} \\`),
  carriage: (lines) => lines.map((line) => `${line}\r`),
};

const mutated = fc
  .tuple(
    fc.constantFrom(...originals),
    fc.array(fc.tuple(fc.constantFrom(...Object.values(mutations)), fc.nat(), fc.nat()), {
      minLength: 1,
      maxLength: 4,
    }),
  )
  .map(([text, steps]) => {
    let lines = text.split("\n");
    for (const [mutate, at, to] of steps) {
      if (lines.length > 0) lines = mutate(lines, at % lines.length, to % lines.length);
    }
    return lines.join("\n");
  });

test("mutated fixtures keep the promises", async () => {
  expect(originals.length).toBeGreaterThan(100);
  await fc.assert(
    fc.asyncProperty(mutated, async (text) => {
      const given = project(text, OTHERS);
      rewritten.push({ given, result: await expectInvariants(given, {}, 3) });
    }),
    { numRuns: RUNS, seed: 2 },
  );
});

test("text that is no Dockerfile is refused, and nothing more", async () => {
  const noise = fc.oneof(fc.string(), fc.string({ unit: "binary" }), fc.uint8Array({ maxLength: 200 }));
  await fc.assert(
    fc.asyncProperty(noise, async (content) => {
      const result = await expectInvariants(project(content));
      expect(["declined", "failed"]).toContain(result.status);
    }),
    { numRuns: RUNS, seed: 3 },
  );
});

test("their patches apply with git", () => {
  expect(rewritten).not.toEqual([]);
  expectPatchesApply(rewritten);
});
