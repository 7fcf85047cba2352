/** The files of a commit on GitHub, without a clone. */
import type { FileMode, FileTree } from "../../file-tree.ts";
import type { Commit } from "../forge.ts";
import { keptEntries, MOST_FILES, objectTree, tooManyFiles, type ObjectEntry } from "../object-tree.ts";
import { isBlob, type ObjectCache } from "../objects.ts";
import type { GitHubClient } from "./client.ts";
import { blobs } from "./queries.ts";
import { split } from "./repositories.ts";

export async function readTree(
  client: GitHubClient,
  cache: ObjectCache,
  repository: string,
  commit: Commit,
): Promise<FileTree> {
  const entries = await entriesOf(client, cache, repository, commit.tree);
  return objectTree(entries, (wanted, ahead) => fetchBlobs(client, repository, wanted, ahead), cache);
}

/** @param tree its id. */
export function entriesOf(
  client: GitHubClient,
  cache: ObjectCache,
  repository: string,
  tree: string,
): Promise<ObjectEntry[]> {
  return keptEntries(cache, `tree ${tree}`, async () => {
    const all: ObjectEntry[] = [];
    await list(client, repository, tree, "", all);
    return all;
  });
}

interface GitTree {
  readonly truncated: boolean;
  readonly tree: readonly {
    readonly path: string;
    readonly mode: string;
    readonly sha: string;
    readonly size?: number;
  }[];
}

/** GitHub cuts trees off at 100,000 entries or 7 MB; then each folder is asked for by itself. */
async function list(
  client: GitHubClient,
  repository: string,
  tree: string,
  folder: string,
  entries: ObjectEntry[],
): Promise<void> {
  const whole = await getTree(client, repository, tree, true);
  const cut = whole.truncated;
  const { tree: children } = cut ? await getTree(client, repository, tree, false) : whole;
  for (const child of children) {
    const path = folder === "" ? child.path : `${folder}/${child.path}`;
    const mode = MODES[child.mode];
    if (mode !== undefined)
      entries.push({ path, mode, id: child.sha, ...(child.size !== undefined && { size: child.size }) });
    else if (cut && child.mode === FOLDER) await list(client, repository, child.sha, path, entries);
    if (entries.length > MOST_FILES) throw tooManyFiles(repository);
  }
}

async function getTree(
  client: GitHubClient,
  repository: string,
  sha: string,
  recursive: boolean,
): Promise<GitTree> {
  const [owner, repo] = split(repository);
  const route = "GET /repos/{owner}/{repo}/git/trees/{tree_sha}";
  const parameters = { owner, repo, tree_sha: sha, ...(recursive && { recursive: "1" }) };
  return (await client.read(`list the files of ${repository}`, route, parameters)).data as GitTree;
}

/** Many in one query. The id proves the bytes; what GraphQL cannot give as text is read one by one. */
async function fetchBlobs(
  client: GitHubClient,
  repository: string,
  wanted: readonly string[],
  ahead: readonly string[],
): Promise<ReadonlyMap<string, Uint8Array>> {
  const [owner, name] = split(repository);
  const ids = [...wanted, ...ahead];
  const found = new Map<string, Uint8Array>();
  const variables = Object.fromEntries(ids.map((id, i) => [`b${i}`, id]));
  const { data } = await client.query<{ repository: Record<string, BlobNode | null> | null }>(
    `read files of ${repository}`,
    blobs(ids.length),
    { owner, name, ...variables },
  );
  for (const [i, id] of ids.entries()) {
    const blob = data?.repository?.[`b${i}`];
    if (blob && !blob.isTruncated && blob.text !== null) found.set(id, new TextEncoder().encode(blob.text));
  }
  await Promise.all(
    wanted.map(async (id) => {
      const bytes = found.get(id);
      if (bytes && isBlob(bytes, id)) return;
      found.set(id, await fetchBlob(client, repository, id));
    }),
  );
  return found;
}

async function fetchBlob(client: GitHubClient, repository: string, id: string): Promise<Uint8Array> {
  const [owner, repo] = split(repository);
  const { data } = await client.read(
    `read a file of ${repository}`,
    "GET /repos/{owner}/{repo}/git/blobs/{file_sha}",
    {
      owner,
      repo,
      file_sha: id,
    },
  );
  return new Uint8Array(Buffer.from(data.content as string, "base64"));
}

interface BlobNode {
  readonly isBinary: boolean | null;
  readonly isTruncated: boolean;
  readonly text: string | null;
}

const MODES: Readonly<Record<string, FileMode>> = {
  "100644": "file",
  "100755": "executable",
  "120000": "symlink",
};
const FOLDER = "040000";
