/** The forge double as a GitLab, as gitbeaker meets it. */
import { Gitlab } from "@gitbeaker/rest";
import { afterEach, beforeEach, expect, it } from "vitest";
import { ForgeDouble } from "./double/index.ts";

let forge: ForgeDouble;
let api: InstanceType<typeof Gitlab>;

const FILES = { Dockerfile: "FROM node:22\n", "bin/start.sh": "#!/bin/sh\n" };
const NAME = "acme/tools/api";

beforeEach(async () => {
  forge = await ForgeDouble.start({ flavour: "gitlab" });
  api = new Gitlab({ host: forge.siteUrl, token: forge.token });
  forge.addOrganization("acme");
  forge.addRepository({
    owner: "acme/tools",
    name: "api",
    files: FILES,
    modes: { "bin/start.sh": "100755" },
  });
});

afterEach(() => forge.close());

const request = async (path: string, init: RequestInit = {}): Promise<Response> =>
  fetch(forge.apiUrl + path, {
    ...init,
    headers: { "private-token": forge.token, "content-type": "application/json" },
  });

it("lists the projects of a group and of those below it, in pages", async () => {
  for (let i = 0; i < 5; i++)
    forge.addRepository({ owner: "acme", name: `r${i}`, files: FILES, archived: i === 0 });
  const all = await api.Groups.allProjects("acme", { includeSubgroups: true, archived: false, perPage: 2 });
  expect(all.map((each) => each["path_with_namespace"]).sort()).toEqual([
    "acme/r1",
    "acme/r2",
    "acme/r3",
    "acme/r4",
    NAME,
  ]);
  expect(forge.calls.total).toBe(3);
  const keyset = await api.Projects.all({ pagination: "keyset", orderBy: "id", sort: "asc", perPage: 2 });
  expect(keyset).toHaveLength(6);
});

it("reads trees and files", async () => {
  const tree = await api.Repositories.allRepositoryTrees(NAME, {
    recursive: true,
    pagination: "keyset",
    perPage: 2,
  });
  expect(tree.map(({ path, mode, type }) => `${mode} ${type} ${path}`)).toEqual([
    "100644 blob Dockerfile",
    "040000 tree bin",
    "100755 blob bin/start.sh",
  ]);
  const file = await api.RepositoryFiles.show(NAME, "bin/start.sh", "HEAD");
  expect(file).toMatchObject({ execute_filemode: true, file_path: "bin/start.sh" });
  expect(Buffer.from(file.content, "base64").toString()).toBe("#!/bin/sh\n");
  const raw = await request(
    `/projects/${encodeURIComponent(NAME)}/repository/files/bin%2Fstart.sh/raw?ref=main`,
  );
  expect(await raw.text()).toBe("#!/bin/sh\n");
});

const commit = (more: object = {}): Promise<unknown> =>
  api.Commits.create(
    NAME,
    "deroot",
    "feat: x",
    [
      { action: "update", filePath: "Dockerfile", content: "FROM x\n" },
      { action: "create", filePath: "run.sh", content: "#!/bin/sh\n", execute_filemode: true },
      { action: "chmod", filePath: "bin/start.sh", execute_filemode: false },
    ],
    { startBranch: "main", ...more },
  );

it("makes one commit with modes on a new branch, once", async () => {
  await commit();
  expect(forge.modes(NAME, "deroot")).toEqual({
    Dockerfile: "100644",
    "bin/start.sh": "100644",
    "run.sh": "100755",
  });
  await expect(commit()).rejects.toThrow("A branch called 'deroot' already exists");
  await commit({ force: true });
});

it("refuses what has changed meanwhile", async () => {
  const before = forge.repository(NAME).git.ref("refs/heads/main");
  forge.actAs("alice").commit(NAME, { Dockerfile: "FROM alice\n" });
  const answer = await request(`/projects/${encodeURIComponent(NAME)}/repository/commits`, {
    method: "POST",
    body: JSON.stringify({
      branch: "main",
      commit_message: "x",
      actions: [{ action: "update", file_path: "Dockerfile", content: "y", last_commit_id: before }],
    }),
  });
  expect(answer.status).toBe(400);
  expect(await answer.json()).toEqual({
    message: "The file has changed since you started editing it: Dockerfile",
  });
});

it("opens one merge request per branch, and remembers who closed it", async () => {
  await commit();
  const alice = forge.addUser("alice");
  const open = (): Promise<{ iid: number }> =>
    api.MergeRequests.create(NAME, "deroot", "main", "Draft: feat: x", {
      description: "Hello @bob",
      labels: "docker",
      reviewerIds: [alice.id],
    });
  const { iid } = await open();
  await expect(open()).rejects.toThrow(
    "Another open merge request already exists for this source branch: !1",
  );
  const found = await api.MergeRequests.all({ projectId: NAME, sourceBranch: "deroot", state: "opened" });
  expect(found).toMatchObject([{ iid, draft: true, labels: ["docker"], reviewers: [{ username: "alice" }] }]);
  await api.MergeRequestNotes.create(NAME, iid, "A note");
  forge.actAs("alice").close(NAME, iid);
  const closed = await api.MergeRequests.show(NAME, iid);
  expect(closed).toMatchObject({ state: "closed", closed_by: { username: "alice" }, user_notes_count: 1 });
  expect(forge.world.notifications.sent.map(({ to, reason }) => `${to} ${reason}`)).toEqual([
    "bob mention",
    "alice review-requested",
  ]);
});

it("says no in GitLab's words", async () => {
  expect(await (await request("/projects/acme%2Fnothing")).json()).toEqual({
    message: "404 Project Not Found",
  });
  const weak = forge.addToken("alice", { scopes: ["read_api"] }).value;
  const answer = await fetch(`${forge.apiUrl}/projects/${encodeURIComponent(NAME)}/labels`, {
    method: "POST",
    headers: { authorization: `Bearer ${weak}`, "content-type": "application/json" },
    body: JSON.stringify({ name: "x", color: "#fff" }),
  });
  expect(await answer.json()).toMatchObject({ error: "insufficient_scope" });
  forge.faults.add({ kind: "secondary-limit", retryAfter: 3 });
  const limited = await request("/version");
  expect([limited.status, limited.headers.get("retry-after"), await limited.text()]).toEqual([
    429,
    "3",
    "Retry later\n",
  ]);
});

const graphql = async (query: string, variables: object = {}): Promise<unknown> => {
  const answer = await fetch(`${forge.siteUrl}/api/graphql`, {
    method: "POST",
    headers: { "private-token": forge.token, "content-type": "application/json" },
    body: JSON.stringify({ query, variables }),
  });
  return answer.json();
};

it("tells where many projects stand in one query", async () => {
  const { id } = forge.repository(NAME);
  const head = forge.repository(NAME).git.ref("refs/heads/main");
  expect(
    await graphql(
      `
        query ($ids: [ID!]) {
          projects(ids: $ids) {
            nodes {
              fullPath
              repository {
                rootRef
                tree {
                  lastCommit {
                    sha
                  }
                }
              }
            }
          }
        }
      `,
      { ids: [`gid://gitlab/Project/${id}`, "gid://gitlab/Project/1"] },
    ),
  ).toEqual({
    data: {
      projects: {
        nodes: [{ fullPath: NAME, repository: { rootRef: "main", tree: { lastCommit: { sha: head } } } }],
      },
    },
  });
});

it("refuses queries that ask for too much, or for what is not there", async () => {
  const page = (inner: string): string => `projects(first: 100) { nodes { id ${inner} } }`;
  const deep = Array.from({ length: 20 }, (_, i) => `p${i}: ${page("repository { empty rootRef }")}`);
  expect(await graphql(`{ ${deep.join(" ")} }`)).toMatchObject({
    errors: [{ message: expect.stringMatching(/complexity of \d+, which exceeds max complexity of 250/) }],
  });
  expect(await graphql("{ projects { nodes { nothing } } }")).toMatchObject({
    errors: [{ message: expect.stringContaining('Cannot query field "nothing"') }],
  });
});
