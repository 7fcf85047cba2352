/** Runs a {@link Job}. */
import { createHash } from "node:crypto";
import { describeOutcome } from "../report/report.ts";
import { commitText, pullRequestBody, pullRequestTitle } from "./body.ts";
import { digestOf } from "./digest.ts";
import { ForgeError, isFatal, type Commit, type Forge, type Repository } from "./forge.ts";
import type { Deed, Job, JobResult, JobSettings } from "./job.ts";
import type { DockerfileCounts, Outcome, ProposalRecord, RepositoryRecord } from "./ledger.ts";
import { propose, StaleError, type Proposal } from "./propose.ts";
import { scan, type Group, type Scan } from "./scan.ts";
import { skipReason } from "./select.ts";
import { asListed, isApproved, known, needsWork, OPEN_STATES } from "./standing.ts";

/** Rejects only with what would fail in every other repository, too; see `isFatal`. */
export async function runJob(forge: Forge, job: Job, now: () => Date = () => new Date()): Promise<JobResult> {
  const did: Deed[] = [];
  const finish = (part: RecordPart): JobResult => ({
    did,
    record: {
      repository: job.repository.name,
      url: job.repository.url,
      settings: settingsKey(job.settings),
      updatedAt: now().toISOString(),
      ...part,
    },
  });
  try {
    return finish(await work(forge, job, did));
  } catch (error) {
    if (isFatal(error) || !(error instanceof ForgeError)) throw error;
    return finish({
      tree: null,
      outcome: "failed",
      reason: { code: error.code, message: error.message },
      dockerfiles: job.record?.dockerfiles ?? NONE,
      proposals: job.record?.proposals ?? [],
    });
  }
}

type RecordPart = Pick<RepositoryRecord, "tree" | "outcome" | "reason" | "dockerfiles" | "proposals">;

async function work(forge: Forge, job: Job, did: Deed[]): Promise<RecordPart> {
  const { repository, record, settings, task } = job;
  const skip = skipReason(repository, settings);
  const hasOpen = openBranches(job).length > 0;
  if (skip !== null && !(hasOpen && (task === "sync" || task === "close") && skip.code === "opted-out"))
    return { tree: null, outcome: "skipped", reason: skip, dockerfiles: NONE, proposals: known(job) };
  if (
    skip === null &&
    record !== null &&
    isUnchanged(record, repository, settings) &&
    !needsWork(job, record.outcome)
  )
    return { ...record, proposals: await lookedUp(forge, job) };
  let head = repository.head!;
  for (let attempt = 1; ; attempt++) {
    try {
      return await lookAndPropose(forge, job, head, skip !== null, did);
    } catch (error) {
      if (!(error instanceof StaleError)) throw error;
      if (attempt >= MOST_MOVES) {
        const message = "its default branch moves faster than deroot looks at it";
        throw new ForgeError("unavailable", message, "Run it again later.");
      }
      head = error.head;
    }
  }
}

async function lookAndPropose(
  forge: Forge,
  job: Job,
  head: Commit,
  isOptedOut: boolean,
  did: Deed[],
): Promise<RecordPart> {
  const { repository, settings, task } = job;
  const looked =
    task === "close" || isOptedOut ? null : await scan(await forge.tree(repository.name, head), settings);
  const proposals: ProposalRecord[] = [];
  // What an attempt before this one has opened counts, too.
  let mayOpen = job.mayOpen - opened(did);
  for (const proposal of proposalsOf(job, head, looked)) {
    if (task === "plan") {
      proposals.push(planned(job, proposal));
      continue;
    }
    const settled = await propose(forge, repository.name, proposal, {
      task,
      mayOpen: mayOpen > 0 && isApproved(job, proposal.branch, digestOf(proposal.files, proposal.base)),
      login: settings.login,
      decorated:
        job.record?.proposals.find(({ branch }) => branch === proposal.branch)?.pullRequest?.number ?? null,
    });
    did.push(...settled.did);
    mayOpen -= opened(settled.did);
    proposals.push(settled.record);
  }
  const taken = new Set(proposals.map(({ branch }) => branch));
  const earlier = known(job).filter(({ branch, pullRequest }) => pullRequest !== null && !taken.has(branch));
  proposals.push(...earlier);
  if (looked === null)
    return {
      // To be looked at again.
      tree: null,
      outcome: "skipped",
      reason: isOptedOut
        ? skipReason(repository, settings)
        : { code: "closed", message: "withdrawn on request" },
      dockerfiles: job.record?.dockerfiles ?? NONE,
      proposals,
    };
  return {
    tree: head.tree,
    outcome: looked.no === null ? outcomeOf(looked.counts) : "skipped",
    reason: looked.no ?? whyNothing(looked),
    dockerfiles: looked.counts,
    proposals,
  };
}

export function opened(did: readonly Deed[]): number {
  return did.filter(({ kind }) => kind === "opened").length;
}

/** One for each group that has something to propose, and one without files for each that is open and has not. */
function proposalsOf(job: Job, base: Commit, looked: Scan | null): Proposal[] {
  const proposals = (looked?.groups ?? [])
    .filter((group) => group.files.length > 0)
    .map((group) => proposalOf(job, base, looked!, group));
  const taken = new Set(proposals.map(({ branch }) => branch));
  for (const branch of openBranches(job)) {
    if (taken.has(branch)) continue;
    const nothing = { files: [], title: "", body: "", commitText: "", draft: false };
    proposals.push({ branch, base, ...nothing, decoration: NO_DECORATION });
  }
  return proposals;
}

function proposalOf(job: Job, base: Commit, { options, codeOwners }: Scan, group: Group): Proposal {
  const { settings } = job;
  const paths = group.files.map(({ path }) => path);
  const owners = options.reviewers === "codeowners" ? (codeOwners?.of(paths) ?? []) : options.reviewers;
  return {
    branch: branchOf(settings.branch, group.directory),
    base,
    files: group.files,
    title: pullRequestTitle(group, options.title),
    body: pullRequestBody(group, {
      version: settings.version,
      verification: job.verification,
    }),
    commitText: commitText(group),
    draft: options.draft,
    decoration: {
      labels: options.labels,
      reviewers: owners.filter((owner) => owner !== settings.login).slice(0, MOST_REVIEWERS),
      assignees: options.assignees,
      milestone: options.milestone,
    },
  };
}

/** `deroot/non-root`, or `deroot/non-root-in-services-api-1a2b3c`: no branch can be a folder of another. */
export function branchOf(branch: string, directory: string | null): string {
  if (directory === null) return branch;
  const slug = directory
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "")
    .slice(0, 60);
  return `${branch}-in-${slug === "" ? "root" : slug}-${hash(directory).slice(0, 6)}`;
}

function planned(job: Job, proposal: Proposal): ProposalRecord {
  const { branch, files, base } = proposal;
  const before = known(job).find((each) => each.branch === branch);
  const nothing = { branch, state: "none", pullRequest: null, note: null } as const;
  return { ...(before ?? nothing), digest: digestOf(files, base) };
}

function openBranches(job: Job): string[] {
  return known(job)
    .filter(({ state }) => OPEN_STATES.has(state))
    .map(({ branch }) => branch);
}

/** With a pull request per directory the listing shows none of them. */
async function lookedUp(forge: Forge, job: Job): Promise<ProposalRecord[]> {
  const proposals: ProposalRecord[] = [];
  for (const proposal of known(job)) {
    if (proposal.branch === job.settings.branch || !OPEN_STATES.has(proposal.state)) {
      proposals.push(proposal);
      continue;
    }
    const { pullRequests } = await forge.lookUp(job.repository.name, proposal.branch);
    proposals.push(asListed(proposal, pullRequests[0]));
  }
  return proposals;
}

function isUnchanged(record: RepositoryRecord, repository: Repository, settings: JobSettings): boolean {
  return (
    record.tree !== null &&
    record.tree === repository.head?.tree &&
    record.settings === settingsKey(settings) &&
    record.outcome !== "failed"
  );
}

/** Stands for everything besides the tree that decides what a look at it comes to. */
export function settingsKey({ version, given, organisation, branch }: JobSettings): string {
  const part = ({ per, ignore, rewrite, enabled }: JobSettings["given"]): unknown => [
    per,
    ignore,
    rewrite,
    enabled,
  ];
  return hash(JSON.stringify([version, branch, part(given), part(organisation)])).slice(0, 16);
}

function outcomeOf({ rewritten, failed, declined }: DockerfileCounts): Outcome {
  if (rewritten > 0) return "rewritten";
  return failed > 0 ? "failed" : declined > 0 ? "declined" : "unchanged";
}

/** Why Dockerfiles that run as root stay as they are, where nothing else is proposed. */
function whyNothing({ counts, groups }: Scan): RepositoryRecord["reason"] {
  if (counts.rewritten > 0) return null;
  const kept = groups
    .flatMap(({ results }) => results)
    .filter(({ reason, runsAsRoot }) => reason !== null && runsAsRoot.before !== false);
  const [first] = kept;
  if (first === undefined) return null;
  const others = kept.length === 1 ? "" : `, and ${kept.length - 1} more`;
  return { code: first.reason!.code, message: `${first.dockerfile}: ${describeOutcome(first)}${others}` };
}

function hash(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

const NONE: DockerfileCounts = { total: 0, root: 0, rewritten: 0, declined: 0, failed: 0 };
const NO_DECORATION = { labels: [], reviewers: [], assignees: [], milestone: null };
const MOST_MOVES = 3;
/** What GitHub takes in one go. */
const MOST_REVIEWERS = 15;
