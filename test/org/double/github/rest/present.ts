/** Accounts and repositories as GitHub's REST answers show them. */
import { may, permission } from "../../world/access.ts";
import type { Account, Label, Milestone, Repository, Team } from "../../world/model.ts";
import { defaultBranch, fullName, type World } from "../../world/world.ts";
import { nodeId } from "../ids.ts";

/** Where the API and the pages are, without a slash at the end. */
export interface Site {
  readonly api: string;
  readonly site: string;
  readonly world: World;
}

export const time = (date: Date): string => date.toISOString().replace(/\.\d+Z$/, "Z");

export const timeOrNull = (date: Date | null): string | null => (date === null ? null : time(date));

const KIND = { User: "U", Organization: "O", Bot: "BOT" } as const;

export const accountNode = (account: Account): string => nodeId(KIND[account.type], account.id);

export function user({ api, site }: Site, account: Account): Record<string, unknown> {
  const url = `${api}/users/${encodeURIComponent(account.login)}`;
  return {
    login: account.login,
    id: account.id,
    node_id: accountNode(account),
    avatar_url: `${site}/avatars/${account.id}`,
    gravatar_id: "",
    url,
    html_url: `${site}/${account.login}`,
    followers_url: `${url}/followers`,
    following_url: `${url}/following{/other_user}`,
    gists_url: `${url}/gists{/gist_id}`,
    starred_url: `${url}/starred{/owner}{/repo}`,
    subscriptions_url: `${url}/subscriptions`,
    organizations_url: `${url}/orgs`,
    repos_url: `${url}/repos`,
    events_url: `${url}/events{/privacy}`,
    received_events_url: `${url}/received_events`,
    type: account.type,
    user_view_type: "public",
    site_admin: false,
  };
}

export function fullUser(at: Site, account: Account): Record<string, unknown> {
  return {
    ...user(at, account),
    name: account.name,
    company: null,
    blog: "",
    location: null,
    email: null,
    hireable: null,
    bio: null,
    twitter_username: null,
    public_repos: at.world.ownedBy(account).length,
    public_gists: 0,
    followers: 0,
    following: 0,
    created_at: time(account.createdAt),
    updated_at: time(account.createdAt),
  };
}

export function organization({ api, site, world }: Site, account: Account): Record<string, unknown> {
  const url = `${api}/orgs/${account.login}`;
  return {
    login: account.login,
    id: account.id,
    node_id: accountNode(account),
    url,
    repos_url: `${url}/repos`,
    events_url: `${url}/events`,
    hooks_url: `${url}/hooks`,
    issues_url: `${url}/issues`,
    members_url: `${url}/members{/member}`,
    public_members_url: `${url}/public_members{/member}`,
    avatar_url: `${site}/avatars/${account.id}`,
    description: null,
    html_url: `${site}/${account.login}`,
    name: account.name,
    has_organization_projects: true,
    has_repository_projects: true,
    public_repos: world.ownedBy(account).filter((each) => !each.private).length,
    public_gists: 0,
    followers: 0,
    following: 0,
    type: "Organization",
    created_at: time(account.createdAt),
    updated_at: time(account.createdAt),
    archived_at: null,
  };
}

/** As it stands in lists; {@link fullRepository} has what only the repository itself shows. */
export function repository(at: Site, it: Repository, viewer: Account | null): Record<string, unknown> {
  const name = fullName(it);
  const url = `${at.api}/repos/${name}`;
  const page = `${at.site}/${name}`;
  const open = [...it.issues.values()].filter((issue) => issue.state === "open").length;
  return {
    id: it.id,
    node_id: nodeId("R", it.id),
    name: it.name,
    full_name: name,
    private: it.private,
    owner: user(at, it.owner),
    html_url: page,
    description: it.description,
    fork: it.fork,
    url,
    ...urls(url, page, at.site, name),
    homepage: null,
    size: 1,
    stargazers_count: 0,
    watchers_count: 0,
    language: it.language,
    has_issues: it.hasIssues,
    has_projects: true,
    has_downloads: true,
    has_wiki: true,
    has_pages: false,
    has_discussions: false,
    forks_count: 0,
    mirror_url: null,
    archived: it.archived,
    disabled: it.disabled,
    open_issues_count: open,
    license: null,
    allow_forking: true,
    is_template: it.template,
    web_commit_signoff_required: false,
    topics: it.topics,
    visibility: it.private ? "private" : "public",
    forks: 0,
    open_issues: open,
    watchers: 0,
    default_branch: defaultBranch(it),
    created_at: time(it.createdAt),
    updated_at: time(it.updatedAt),
    pushed_at: time(it.pushedAt),
    permissions: {
      admin: permission(it, viewer) === "admin",
      maintain: may(it, viewer, "maintain"),
      push: may(it, viewer, "write"),
      triage: may(it, viewer, "triage"),
      pull: may(it, viewer, "read"),
    },
  };
}

export function fullRepository(at: Site, it: Repository, viewer: Account | null): Record<string, unknown> {
  return {
    ...repository(at, it, viewer),
    network_count: 0,
    subscribers_count: 0,
    temp_clone_token: null,
    allow_squash_merge: true,
    allow_merge_commit: true,
    allow_rebase_merge: true,
    allow_auto_merge: false,
    delete_branch_on_merge: false,
    allow_update_branch: false,
    ...(it.owner.type === "Organization" ? { organization: user(at, it.owner) } : {}),
  };
}

function urls(url: string, page: string, site: string, name: string): Record<string, string> {
  return {
    forks_url: `${url}/forks`,
    keys_url: `${url}/keys{/key_id}`,
    collaborators_url: `${url}/collaborators{/collaborator}`,
    teams_url: `${url}/teams`,
    hooks_url: `${url}/hooks`,
    issue_events_url: `${url}/issues/events{/number}`,
    events_url: `${url}/events`,
    assignees_url: `${url}/assignees{/user}`,
    branches_url: `${url}/branches{/branch}`,
    tags_url: `${url}/tags`,
    blobs_url: `${url}/git/blobs{/sha}`,
    git_tags_url: `${url}/git/tags{/sha}`,
    git_refs_url: `${url}/git/refs{/sha}`,
    trees_url: `${url}/git/trees{/sha}`,
    statuses_url: `${url}/statuses/{sha}`,
    languages_url: `${url}/languages`,
    stargazers_url: `${url}/stargazers`,
    contributors_url: `${url}/contributors`,
    subscribers_url: `${url}/subscribers`,
    subscription_url: `${url}/subscription`,
    commits_url: `${url}/commits{/sha}`,
    git_commits_url: `${url}/git/commits{/sha}`,
    comments_url: `${url}/comments{/number}`,
    issue_comment_url: `${url}/issues/comments{/number}`,
    contents_url: `${url}/contents/{+path}`,
    compare_url: `${url}/compare/{base}...{head}`,
    merges_url: `${url}/merges`,
    archive_url: `${url}/{archive_format}{/ref}`,
    downloads_url: `${url}/downloads`,
    issues_url: `${url}/issues{/number}`,
    pulls_url: `${url}/pulls{/number}`,
    milestones_url: `${url}/milestones{/number}`,
    notifications_url: `${url}/notifications{?since,all,participating}`,
    labels_url: `${url}/labels{/name}`,
    releases_url: `${url}/releases{/id}`,
    deployments_url: `${url}/deployments`,
    git_url: `git://${new URL(site).host}/${name}.git`,
    ssh_url: `git@${new URL(site).hostname}:${name}.git`,
    clone_url: `${page}.git`,
    svn_url: page,
  };
}

export function team({ api, site }: Site, it: Team): Record<string, unknown> {
  const url = `${api}/organizations/${it.organization.id}/team/${it.id}`;
  return {
    id: it.id,
    node_id: nodeId("T", it.id),
    name: it.name,
    slug: it.slug,
    description: null,
    privacy: "closed",
    notification_setting: "notifications_enabled",
    permission: "pull",
    url,
    html_url: `${site}/orgs/${it.organization.login}/teams/${it.slug}`,
    members_url: `${url}/members{/member}`,
    repositories_url: `${url}/repos`,
    type: "organization",
    organization_id: it.organization.id,
    parent: null,
  };
}

export function label({ api }: Site, it: Label, of: Repository): Record<string, unknown> {
  return {
    id: it.id,
    node_id: nodeId("LA", it.id),
    url: `${api}/repos/${fullName(of)}/labels/${encodeURIComponent(it.name)}`,
    name: it.name,
    color: it.color,
    default: false,
    description: it.description,
  };
}

export function milestone(at: Site, it: Milestone, of: Repository): Record<string, unknown> {
  const url = `${at.api}/repos/${fullName(of)}/milestones/${it.number}`;
  return {
    url,
    html_url: `${at.site}/${fullName(of)}/milestone/${it.number}`,
    labels_url: `${url}/labels`,
    id: it.id,
    node_id: nodeId("MI", it.id),
    number: it.number,
    title: it.title,
    description: null,
    creator: user(at, of.owner),
    open_issues: 0,
    closed_issues: 0,
    state: it.state,
    created_at: time(of.createdAt),
    updated_at: time(of.createdAt),
    due_on: null,
    closed_at: null,
  };
}
