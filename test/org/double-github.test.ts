/** The forge double itself, as clients meet it. */
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { createAppAuth } from "@octokit/auth-app";
import { Octokit } from "@octokit/core";
import { paginateGraphQL } from "@octokit/plugin-paginate-graphql";
import { paginateRest } from "@octokit/plugin-paginate-rest";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ForgeDouble } from "./double/index.ts";

const Client = Octokit.plugin(paginateRest, paginateGraphQL);

const quiet = (): void => undefined;
const SILENT = { debug: quiet, info: quiet, warn: quiet, error: quiet };

let forge: ForgeDouble;
let octokit: InstanceType<typeof Client>;

const FILES = {
  Dockerfile: "FROM node:22\nCOPY . .\n",
  "bin/start.sh": "#!/bin/sh\n",
  "src/app.js": "1\n",
};

beforeEach(async () => {
  forge = await ForgeDouble.start();
  octokit = new Client({
    auth: forge.token,
    baseUrl: forge.apiUrl,
    log: SILENT,
  });
});

afterEach(() => forge.close());

const repo = { owner: "acme", repo: "api" };

function addApi(more: Partial<Parameters<ForgeDouble["addRepository"]>[0]> = {}): void {
  forge.addRepository({
    owner: "acme",
    name: "api",
    files: FILES,
    modes: { "bin/start.sh": "100755" },
    topics: ["docker"],
    ...more,
  });
}

describe("repositories", () => {
  it("are listed in pages with links", async () => {
    for (let i = 0; i < 7; i++) forge.addRepository({ owner: "acme", name: `r${i}`, files: FILES });
    const first = await octokit.request("GET /orgs/{org}/repos", { org: "acme", per_page: 3 });
    expect(first.headers.link).toContain('rel="next"');
    const all = await octokit.paginate("GET /orgs/{org}/repos", { org: "acme", per_page: 3 });
    expect(all.map(({ name }) => name).sort()).toEqual(["r0", "r1", "r2", "r3", "r4", "r5", "r6"]);
    expect(forge.calls.byRoute()).toEqual({ "GET /orgs/{org}/repos": 4 });
  });

  it("are listed by GraphQL with their trees, many at a time", async () => {
    for (let i = 0; i < 5; i++) forge.addRepository({ owner: "acme", name: `r${i}`, files: FILES });
    forge.addRepository({ owner: "acme", name: "empty" });
    const answer = await octokit.graphql.paginate<{
      repositoryOwner: { repositories: { totalCount: number; nodes: { name: string; isEmpty: boolean }[] } };
    }>(`query ($cursor: String) {
      repositoryOwner(login: "acme") {
        repositories(first: 2, after: $cursor, ownerAffiliations: OWNER, orderBy: { field: NAME, direction: ASC }) {
          totalCount
          pageInfo { hasNextPage endCursor }
          nodes { name isEmpty defaultBranchRef { name target { oid ... on Commit { tree { oid } } } } }
        }
      }
    }`);
    const { nodes, totalCount } = answer.repositoryOwner.repositories;
    expect(totalCount).toBe(6);
    expect(nodes.map(({ name }) => name)).toEqual(["empty", "r0", "r1", "r2", "r3", "r4"]);
    expect(nodes[0]).toEqual({ name: "empty", isEmpty: true, defaultBranchRef: null });
    expect(nodes[1]).toMatchObject({ defaultBranchRef: { name: "main", target: { tree: { oid: /./ } } } });
  });

  it("that are missing say so in each form", async () => {
    await expect(octokit.request("GET /repos/{owner}/{repo}", repo)).rejects.toMatchObject({ status: 404 });
    await expect(octokit.graphql('{ repository(owner: "acme", name: "api") { id } }')).rejects.toMatchObject({
      errors: [{ type: "NOT_FOUND", path: ["repository"] }],
    });
  });

  it("answer 304 to who has seen them, for free", async () => {
    addApi();
    const { headers } = await octokit.request("GET /repos/{owner}/{repo}", repo);
    const again = octokit.request("GET /repos/{owner}/{repo}", {
      ...repo,
      headers: { "if-none-match": headers.etag },
    });
    await expect(again).rejects.toMatchObject({ status: 304 });
    const { data } = await octokit.request("GET /rate_limit");
    expect(data.rate.used).toBe(1);
  });
});

describe("git", () => {
  it("clones, pushes and checks what the API made", async () => {
    addApi();
    const folder = mkdtempSync(path.join(tmpdir(), "double-clone-"));
    // The server is in this process: it must go on answering while git runs.
    const run = async (...words: string[]): Promise<string> =>
      (await promisify(execFile)("git", words, { cwd: folder })).stdout;
    try {
      const address = forge.siteUrl.replace("//", `//x-access-token:${forge.token}@`);
      await run("clone", "-q", `${address}/acme/api.git`, ".");
      expect(readFileSync(path.join(folder, "Dockerfile"), "utf8")).toBe(FILES.Dockerfile);
      await run("-c", "user.name=a", "-c", "user.email=a@b", "commit", "-q", "--allow-empty", "-m", "pushed");
      await run("push", "-q", "origin", "HEAD:refs/heads/topic");
      const { data } = await octokit.request("GET /repos/{owner}/{repo}/git/ref/{ref}", {
        ...repo,
        ref: "heads/topic",
      });
      expect(data.object.sha).toBe((await run("rev-parse", "HEAD")).trim());
      forge.actAs("alice").commit("acme/api", { "new file": "x" }, { branch: "topic" });
      await run("fetch", "-q", "origin", "topic");
      expect(await run("show", "FETCH_HEAD:new file")).toBe("x");
      await run("--git-dir", forge.gitDirectory("acme/api"), "fsck", "--strict");
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it("makes commits through the Git data API, with modes", async () => {
    addApi();
    const { data: head } = await octokit.request("GET /repos/{owner}/{repo}/git/ref/{ref}", {
      ...repo,
      ref: "heads/main",
    });
    const { data: commit } = await octokit.request("GET /repos/{owner}/{repo}/git/commits/{commit_sha}", {
      ...repo,
      commit_sha: head.object.sha,
    });
    const { data: tree } = await octokit.request("POST /repos/{owner}/{repo}/git/trees", {
      ...repo,
      base_tree: commit.tree.sha,
      tree: [
        { path: "src/app.js", mode: "100755", type: "blob", content: "2\n" },
        { path: "bin/start.sh", mode: "100755", type: "blob", sha: null },
      ],
    });
    const { data: made } = await octokit.request("POST /repos/{owner}/{repo}/git/commits", {
      ...repo,
      message: "change",
      tree: tree.sha,
      parents: [head.object.sha],
    });
    expect(made.verification.verified).toBe(false);
    await octokit.request("POST /repos/{owner}/{repo}/git/refs", {
      ...repo,
      ref: "refs/heads/topic",
      sha: made.sha,
    });
    expect(forge.modes("acme/api", "topic")).toEqual({ Dockerfile: "100644", "src/app.js": "100755" });
    await expect(
      octokit.request("POST /repos/{owner}/{repo}/git/refs", {
        ...repo,
        ref: "refs/heads/topic",
        sha: made.sha,
      }),
    ).rejects.toMatchObject({
      status: 422,
      message: expect.stringContaining("Reference already exists") as string,
    });
  });

  it("lists trees recursively, and cut", async () => {
    addApi();
    const ask = async (): Promise<{ truncated: boolean; paths: (string | undefined)[] }> => {
      const { data } = await octokit.request("GET /repos/{owner}/{repo}/git/trees/{tree_sha}", {
        ...repo,
        tree_sha: "main",
        recursive: "1",
      });
      return { truncated: data.truncated, paths: data.tree.map((each) => each.path) };
    };
    expect(await ask()).toEqual({
      truncated: false,
      paths: ["Dockerfile", "bin", "bin/start.sh", "src", "src/app.js"],
    });
    forge.faults.add({ kind: "truncated-tree" });
    expect(await ask()).toEqual({ truncated: true, paths: ["Dockerfile", "bin"] });
  });
});

describe("createCommitOnBranch", () => {
  const commit = (expectedHeadOid: string): Promise<{ createCommitOnBranch: { commit: { oid: string } } }> =>
    octokit.graphql(
      `mutation ($input: CreateCommitOnBranchInput!) {
        createCommitOnBranch(input: $input) { commit { oid signature { isValid } } }
      }`,
      {
        input: {
          branch: { repositoryNameWithOwner: "acme/api", branchName: "main" },
          message: { headline: "one", body: "two" },
          expectedHeadOid,
          fileChanges: {
            additions: [{ path: "Dockerfile", contents: Buffer.from("FROM x\n").toString("base64") }],
            deletions: [{ path: "src/app.js" }],
          },
        },
      },
    );

  it("makes one signed commit", async () => {
    addApi();
    const head = forge.repository("acme/api").git.ref("refs/heads/main")!;
    expect(await commit(head)).toMatchObject({
      createCommitOnBranch: { commit: { signature: { isValid: true } } },
    });
    expect(forge.file("acme/api", "Dockerfile")?.toString()).toBe("FROM x\n");
    expect(Object.keys(forge.modes("acme/api"))).toEqual(["Dockerfile", "bin/start.sh"]);
  });

  it("refuses a stale head and a protected branch", async () => {
    addApi({ protected: true });
    const head = forge.repository("acme/api").git.ref("refs/heads/main")!;
    await expect(commit(head)).rejects.toMatchObject({ errors: [{ type: "UNPROCESSABLE" }] });
    forge.actAs("alice").commit("acme/api", { x: "y" });
    await expect(commit(head)).rejects.toMatchObject({
      errors: [{ type: "STALE_DATA", path: ["createCommitOnBranch"] }],
    });
  });
});

describe("pull requests", () => {
  const open = (more: object = {}): Promise<{ data: { number: number; node_id: string } }> =>
    octokit.request("POST /repos/{owner}/{repo}/pulls", {
      ...repo,
      title: "feat: x",
      head: "topic",
      base: "main",
      body: "Hello @bob, `@carol` and #7",
      ...more,
    });

  beforeEach(() => {
    addApi({ labels: ["docker"] });
    forge.actAs("alice").commit("acme/api", { Dockerfile: "FROM alice\n" }, { branch: "topic" });
  });

  it("are opened once, and found by their head", async () => {
    const { data } = await open({ draft: true });
    await expect(open()).rejects.toMatchObject({
      status: 422,
      message: expect.stringContaining("A pull request already exists for acme:topic") as string,
    });
    const { data: found } = await octokit.request("GET /repos/{owner}/{repo}/pulls", {
      ...repo,
      head: "acme:topic",
    });
    expect(found).toMatchObject([{ number: data.number, draft: true, head: { ref: "topic" } }]);
    expect(forge.world.notifications.sent).toMatchObject([{ to: "bob", reason: "mention" }]);
    expect(forge.world.notifications.references).toMatchObject([{ to: "#7", closes: false }]);
  });

  it("say what they change, whether they merge, and who closed them", async () => {
    const { data } = await open();
    const of = { ...repo, pull_number: data.number };
    const { data: files } = await octokit.request("GET /repos/{owner}/{repo}/pulls/{pull_number}/files", of);
    expect(files).toMatchObject([{ filename: "Dockerfile", status: "modified", additions: 1, deletions: 2 }]);
    expect((await octokit.request("GET /repos/{owner}/{repo}/pulls/{pull_number}", of)).data.mergeable).toBe(
      true,
    );
    forge.actAs("bob").commit("acme/api", { Dockerfile: "FROM bob\n" });
    expect((await octokit.request("GET /repos/{owner}/{repo}/pulls/{pull_number}", of)).data.mergeable).toBe(
      false,
    );
    forge.actAs("bob").close("acme/api", data.number);
    const answer = await octokit.graphql(
      `{ repository(owner: "acme", name: "api") { pullRequest(number: ${data.number}) {
        state timelineItems(last: 1, itemTypes: CLOSED_EVENT) { nodes { ... on ClosedEvent { actor { login } } } } } } }`,
    );
    expect(answer).toEqual({
      repository: {
        pullRequest: { state: "CLOSED", timelineItems: { nodes: [{ actor: { login: "bob" } }] } },
      },
    });
  });

  it("take labels, reviewers and comments", async () => {
    const { data } = await open();
    forge.addTeam("acme", "platform", ["dora"]);
    const of = { ...repo, issue_number: data.number };
    await octokit.request("POST /repos/{owner}/{repo}/issues/{issue_number}/labels", {
      ...of,
      labels: ["docker"],
    });
    await octokit.request("POST /repos/{owner}/{repo}/issues/{issue_number}/comments", {
      ...of,
      body: "done",
    });
    await octokit.request("POST /repos/{owner}/{repo}/pulls/{pull_number}/requested_reviewers", {
      ...repo,
      pull_number: data.number,
      reviewers: ["alice"],
      team_reviewers: ["platform"],
    });
    const [pull] = forge.pulls("acme/api");
    expect([...pull!.labels].map(({ name }) => name)).toEqual(["docker"]);
    expect(pull!.comments.map(({ body }) => body)).toEqual(["done"]);
    expect([...pull!.pull.reviewers].map(({ login }) => login)).toEqual(["alice"]);
    expect([...pull!.pull.teams].map(({ slug }) => slug)).toEqual(["platform"]);
    const search = await octokit.graphql<{ search: { issueCount: number } }>(
      '{ search(type: ISSUE, first: 5, query: "org:acme is:pr is:open head:topic label:docker") { issueCount } }',
    );
    expect(search.search.issueCount).toBe(1);
  });
});

describe("faults", () => {
  it("come in GitHub's words", async () => {
    addApi();
    const ask = (): Promise<unknown> => octokit.request("GET /repos/{owner}/{repo}", repo);
    forge.faults.add({ kind: "secondary-limit", retryAfter: 7 });
    await expect(ask()).rejects.toMatchObject({ status: 403, response: { headers: { "retry-after": "7" } } });
    forge.faults.add({ kind: "status", status: 502 });
    await expect(ask()).rejects.toMatchObject({ status: 502 });
    forge.faults.add({ kind: "reset" });
    await expect(ask()).rejects.toMatchObject({ status: 500 });
    forge.faults.add({ kind: "too-quickly" }, { kind: "graphql" });
    await ask();
    await expect(octokit.graphql("{ viewer { login } }")).rejects.toMatchObject({
      errors: [{ message: "was submitted too quickly" }],
    });
    forge.faults.add({ kind: "primary-limit", resetIn: 30 });
    await expect(ask()).rejects.toMatchObject({
      status: 403,
      response: { headers: { "x-ratelimit-remaining": "0" } },
    });
    await expect(ask()).rejects.toMatchObject({ status: 403 });
    forge.advance(31);
    await ask();
    expect(forge.faults.left).toBe(0);
  });

  it("lose the answer of what was done", async () => {
    addApi();
    const sha = forge.repository("acme/api").git.ref("refs/heads/main")!;
    forge.faults.add({ kind: "lost-answer" }, { write: true });
    await expect(
      octokit.request("POST /repos/{owner}/{repo}/git/refs", { ...repo, ref: "refs/heads/topic", sha }),
    ).rejects.toThrow();
    expect(forge.repository("acme/api").git.ref("refs/heads/topic")).toBe(sha);
    expect(forge.calls.all).toMatchObject([{ write: true, status: 0, fault: "lost-answer" }]);
  });
});

it("limits writes as it is told", async () => {
  const strict = await ForgeDouble.start({ limits: { contentPerMinute: 2 } });
  try {
    strict.addRepository({ owner: "acme", name: "api", files: FILES });
    const client = new Octokit({ auth: strict.token, baseUrl: strict.apiUrl });
    const write = (name: string): Promise<unknown> =>
      client.request("POST /repos/{owner}/{repo}/labels", { ...repo, name, color: "ffffff" });
    await write("a");
    await write("b");
    await expect(write("c")).rejects.toMatchObject({ status: 403 });
    strict.advance(60);
    await write("c");
    expect(strict.limits.hit).toEqual({ primary: 0, secondary: 1 });
  } finally {
    await strict.close();
  }
});

it("gives an App tokens that expire", async () => {
  addApi();
  const app = forge.addApp("deroot", "acme");
  const auth = { appId: app.id, privateKey: app.privateKey, installationId: app.installations[0]!.id };
  const client = new Octokit({ authStrategy: createAppAuth, auth, baseUrl: forge.apiUrl });
  const sha = forge.repository("acme/api").git.ref("refs/heads/main")!;
  await client.request("POST /repos/{owner}/{repo}/git/refs", { ...repo, ref: "refs/heads/topic", sha });
  expect(forge.calls.writes).toBe(1);
  expect(forge.calls.all.at(-1)!.login).toBe("deroot[bot]");
  const { token } = (await client.auth({ type: "installation" })) as { token: string };
  forge.advance(3601);
  const late = await fetch(`${forge.apiUrl}/repos/acme/api`, {
    headers: { authorization: `token ${token}` },
  });
  expect(late.status).toBe(401);
});

it("is an Enterprise Server with less of an API", async () => {
  const old = await ForgeDouble.start({ flavour: "ghes", missingFields: ["Mutation.createCommitOnBranch"] });
  try {
    old.addRepository({ owner: "acme", name: "api", files: FILES });
    const client = new Octokit({ auth: old.token, baseUrl: old.apiUrl });
    const { headers, data } = await client.request("GET /repos/{owner}/{repo}", repo);
    expect(data.full_name).toBe("acme/api");
    expect(headers["x-github-enterprise-version"]).toBe("3.19.0");
    await expect(
      client.graphql(
        "mutation ($i: CreateCommitOnBranchInput!) { createCommitOnBranch(input: $i) { clientMutationId } }",
        {
          i: {},
        },
      ),
    ).rejects.toMatchObject({ errors: [{ extensions: { code: "undefinedField" } }] });
  } finally {
    await old.close();
  }
});

it("knows whom a text calls", () => {
  const pings = (body: string): string[] => {
    const { sent } = forge.world.notifications;
    sent.length = 0;
    forge.actAs("alice").comment("acme/api", 1, body);
    return sent.map(({ to }) => to);
  };
  addApi();
  forge.actAs("bob").commit("acme/api", { x: "y" }, { branch: "topic" });
  forge.actAs("bob").open("acme/api", "topic", "title");
  expect(pings("@bob, (@acme/team) and \\@carol, &#64;dora")).toEqual(["bob", "acme/team", "carol", "dora"]);
  expect(pings("`@bob` a@bob.org <!-- @bob --> @<!-- -->bob [@bob](x)\n```\n@bob\n```\n")).toEqual([]);
  expect(pings("```\nopen\n````\n@bob\n")).toEqual(["bob"]);
  expect(pings("`` ` @bob `` ` @bob")).toEqual(["bob"]);
});
