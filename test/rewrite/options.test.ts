import { describe, expect, test } from "vitest";
import { memoryTree } from "../../src/file-tree/memory.ts";
import { type Pass, type RewriteOptions, rewrite } from "../../src/rewrite/index.ts";

const WEB = [
  "FROM python:3.12-slim",
  "WORKDIR /app",
  "COPY . .",
  "VOLUME /data",
  "EXPOSE 80",
  'CMD ["python", "-m", "http.server", "80"]',
  "",
].join("\n");

const migrate = (text: string, options: RewriteOptions = {}) =>
  rewrite(memoryTree({ Dockerfile: text }), "Dockerfile", options);

async function after(text: string, options: RewriteOptions = {}): Promise<string> {
  const result = await migrate(text, options);
  return result.files.find((file) => file.path === "Dockerfile")?.after ?? text;
}

const passesOf = async (options: RewriteOptions) => [
  ...new Set((await migrate(WEB, options)).changes.map((change) => change.pass)),
];

describe("passes", () => {
  test("all of them by default", async () => {
    expect(await passesOf({})).toEqual(["account", "copy-chown", "ports", "writable", "user"]);
  });

  test("only those named", async () => {
    expect(await passesOf({ only: ["ports"] })).toEqual(["ports"]);
    expect(await after(WEB, { only: ["ports"] })).toBe(
      WEB.replace("EXPOSE 80", "EXPOSE 8080").replace('"80"', '"8080"'),
    );
  });

  test("all but those named", async () => {
    expect(await passesOf({ skip: ["ports", "copy-chown"] })).toEqual(["account", "writable", "user"]);
  });

  test("one of one's own, after deroot's, with the plan to go by", async () => {
    const label: Pass = {
      name: "label",
      summary: "names the account in a label",
      run: ({ plan, layout, dockerfile }) =>
        dockerfile.instructions.some((one) => one.keyword === "LABEL")
          ? []
          : [
              {
                id: "label",
                pass: "label",
                title: "Name the account",
                reason: "Our scanner reads it.",
                applicability: "safe",
                dependsOn: ["user"],
                evidence: [{ source: "option", where: "label.js", line: null, says: "our own pass" }],
                edits: [layout.after(dockerfile.instructions.at(-1)!, [`LABEL user=${plan.account?.name}`])],
              },
            ],
    };
    expect(await after(WEB, { transforms: [label] })).toBe((await after(WEB)) + "LABEL user=app\n");
    expect(await passesOf({ transforms: [label], skip: ["label"] })).not.toContain("label");
  });
});

describe("turning changes down", () => {
  test("takes what depends on them along", async () => {
    const result = await migrate(WEB, { reject: ["account"] });
    const { changes } = await migrate(WEB);
    const left = changes.filter((change) => change.id !== "account" && !change.dependsOn.includes("account"));
    expect(left.map((change) => change.id)).toEqual(["ports:80"]);
    expect(result.files[0]?.after).toBe(await after(WEB, { only: ["ports"] }));
  });

  test("of all leaves the file as it is, and says so", async () => {
    const { changes } = await migrate(WEB);
    const result = await migrate(WEB, { reject: changes.map((change) => change.id) });
    expect(result).toMatchObject({ status: "unchanged", reason: { code: "nothing-left" }, files: [] });
  });

  test("of one leaves the rest byte for byte", async () => {
    expect(await after(WEB, { reject: ["ports:80"] })).toBe(await after(WEB, { skip: ["ports"] }));
  });
});

test("--min safe leaves out what rests on an assumption", async () => {
  const text = 'FROM registry.example.com/base\nRUN true\nWORKDIR /app\nCOPY . .\nCMD ["./run"]\n';
  const { changes } = await migrate(text);
  expect(changes.find((change) => change.id === "user")?.applicability).toBe("likely");
  expect(await after(text, { min: "safe" })).not.toContain("USER");
});

describe("the account", () => {
  test.each<[string, RewriteOptions, string]>([
    ["a name", { user: "web" }, "groupadd --gid 10001 web"],
    ["a uid, the gid follows", { uid: 5000 }, "groupadd --gid 5000 app"],
    ["uid and gid", { uid: 5000, gid: 6000 }, "groupadd --gid 6000 app"],
  ])("takes %s", async (_, options, command) => {
    const text = await after(WEB, options);
    expect(text).toContain(command);
    expect(text).toContain(`\nUSER ${options.uid ?? 10001}\n`);
    expect(text).toContain(`chown ${options.user ?? "app"}:${options.user ?? "app"} /app`);
  });

  test("is told in the result", async () => {
    const { account } = await migrate(WEB, { user: "web", uid: 5000, gid: 6000 });
    expect(account).toMatchObject({ name: "web", uid: 5000, gid: 6000, source: "created" });
  });

  test("of the base is taken, unless a new one is asked for", async () => {
    const text = "FROM node:20-slim\nWORKDIR /app\nCOPY . .\n";
    expect(await after(text)).toContain("\nUSER 1000\n");
    expect(await after(text, { account: "new" })).toContain("\nUSER 10001\n");
  });

  test("is written by name where wanted", async () => {
    expect(await after(WEB, { userStyle: "name" })).toContain("\nUSER app\n");
  });

  test("takes numbers on scratch too", async () => {
    const text = 'FROM scratch\nCOPY a /a\nCMD ["/a"]\n';
    expect(await after(text, { uid: 4000, gid: 5000 })).toContain("\nUSER 4000:5000\n");
  });
});

describe("ownership", () => {
  test("app: code and directories belong to the account", async () => {
    const text = await after(WEB, { ownership: "app" });
    expect(text).toContain("COPY --chown=app:app . .");
    expect(text).toContain("chown app:app /app");
  });

  test("strict: only what is written", async () => {
    const text = await after(WEB, { ownership: "strict" });
    expect(text).toContain("\nCOPY . .\n");
    expect(text).toMatch(/chown app:app \/data$/m);
    expect(text).not.toMatch(/chown .* \/app/);
  });

  test("group0: gid 0 gets what the owner has", async () => {
    const text = await after(WEB, { ownership: "group0" });
    expect(text).toContain("COPY --chown=10001:0 . .");
    expect(text).toContain("chmod -R g=u /data");
  });
});

describe("ports", () => {
  test("80 moves to 8080, and the result says so", async () => {
    const result = await migrate(WEB);
    expect(result.ports).toEqual([{ from: 80, to: 8080, protocol: "tcp" }]);
    expect(result.files[0]!.after).toContain("EXPOSE 8080\n");
  });

  test("to the number one asks for", async () => {
    const text = await after(WEB, { ports: { 80: 3000 } });
    expect(text).toContain("EXPOSE 3000\n");
    expect(text).toContain('"http.server", "3000"]');
  });

  test("stay where one asks for it, with a word about what would fail", async () => {
    const result = await migrate(WEB, { keepPorts: true });
    expect(result.ports).toEqual([]);
    expect(result.files[0]!.after).toContain("EXPOSE 80\n");
    expect(result.advice.map((advice) => advice.title)).toContain("Port 80 stays below 1024");
  });
});

describe("the target", () => {
  const STAGES = "FROM node:20-slim AS prod\nWORKDIR /app\nCOPY . .\n\nFROM prod AS test\nRUN npm test\n";

  test("is the last stage", async () => {
    expect(await after(STAGES)).toMatch(/RUN npm test\n[^]*USER 1000\n$/);
  });

  test("is the one asked for", async () => {
    const text = await after(STAGES, { target: "prod" });
    expect(text.indexOf("USER 1000")).toBeLessThan(text.indexOf("AS test"));
    expect(text.indexOf("USER 1000")).toBeGreaterThan(0);
  });
});

describe("what cannot be rewritten", () => {
  test("a file that is not there fails", async () => {
    const result = await rewrite(memoryTree({}), "Dockerfile");
    expect(result).toMatchObject({ status: "failed", reason: { code: "unreadable" } });
  });

  test("a binary file fails", async () => {
    const result = await rewrite(memoryTree({ Dockerfile: Uint8Array.of(70, 82, 0, 1, 2) }), "Dockerfile");
    expect(result).toMatchObject({ status: "failed", reason: { code: "binary" } });
  });

  test("a file that is not UTF-8 fails", async () => {
    const result = await rewrite(
      memoryTree({ Dockerfile: Uint8Array.of(70, 82, 79, 77, 32, 0xe9, 10) }),
      "Dockerfile",
    );
    expect(result).toMatchObject({ status: "failed", reason: { code: "encoding" } });
  });

  test("a pass that breaks the file is named, and the file stays", async () => {
    const broken: Pass = {
      name: "broken",
      summary: "breaks it",
      run: ({ dockerfile }) => [
        {
          id: "broken",
          pass: "broken",
          title: "Break it",
          reason: "To see what happens.",
          applicability: "safe",
          dependsOn: [],
          evidence: [{ source: "option", where: "broken.js", line: null, says: "our own pass" }],
          edits: [
            {
              path: "Dockerfile",
              start: dockerfile.text.length,
              end: dockerfile.text.length,
              text: "NONSENSE here\n",
            },
          ],
        },
      ],
    };
    const result = await migrate(WEB, { transforms: [broken] });
    expect(result).toMatchObject({ status: "failed", reason: { code: "self-check" }, files: [] });
    expect(result.reason?.message).toContain("pass broken");
  });

  test("a pass that never comes to rest is named, and the file stays", async () => {
    const restless: Pass = {
      name: "restless",
      summary: "adds one more",
      run: ({ dockerfile, layout }) => [
        {
          id: "restless",
          pass: "restless",
          title: "Add one more",
          reason: "To see what happens.",
          applicability: "safe",
          dependsOn: [],
          evidence: [{ source: "option", where: "restless.js", line: null, says: "our own pass" }],
          edits: [layout.after(dockerfile.instructions.at(-1)!, ["LABEL again=1"])],
        },
      ],
    };
    const result = await migrate(WEB, { only: ["restless"], transforms: [restless] });
    expect(result).toMatchObject({ status: "failed", reason: { code: "self-check" }, files: [] });
    expect(result.reason?.message).toContain("pass restless");
  });
});
