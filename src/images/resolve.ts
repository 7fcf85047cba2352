/** From a reference to what is known of the image behind it. */
import { loadKnowledge } from "./load.ts";
import { pattern, takesTag } from "./knowledge.ts";
import type { Knowledge } from "./knowledge.ts";
import type { Account, Facts, Profile, Suite, Variant } from "./profile.ts";
import { INSPECTED } from "./check-profile.ts";
import { formatReference, parseReference } from "./reference.ts";
import { baseFromName, baseFromWords } from "./tag-words.ts";
import type { BaseAccount, BaseEntrypoint, BaseImage, Source, UserTools } from "./types.ts";

export interface ResolveOptions {
  /** Prefixes under which other registries' images are served: `registry.corp.example/docker-remote`. */
  readonly mirrors?: readonly string[];
  /** Profiles of one's own; they go before the built-in ones. */
  readonly extra?: readonly Profile[];
}

/**
 * What is known of an image; null when nothing is. Unknown images whose tag or name tells a distro
 * (`company/app:1-alpine`, `company/alpine-base`) get that distro's facts and nothing else, under an id that begins
 * with `tag/` and never with more than `knowledge` for confidence: such words are a habit, not a promise. Their user
 * is taken to be root, which a note says.
 */
export function resolveImage(reference: string, options: ResolveOptions = {}): BaseImage | null {
  if (options.mirrors?.length || options.extra?.length) return resolve(reference, options);
  let image = resolved.get(reference);
  if (image === undefined) resolved.set(reference, (image = resolve(reference, options)));
  return image;
}

/** The same few bases stand behind most Dockerfiles. */
const resolved = new Map<string, BaseImage | null>();

function resolve(reference: string, { mirrors, extra = [] }: ResolveOptions): BaseImage | null {
  const parsed = parseReference(reference, mirrors);
  if (!parsed) return null;
  const fitting = extra.filter(({ match }) => match.digest === undefined || match.digest === parsed.digest);
  const resolver = new Resolver(loadKnowledge(), fitting);
  // A digest without a tag may be any build: it must not be taken for `latest`.
  const tag = parsed.tag ?? (parsed.digest === null ? "latest" : "?");
  const layers = resolver.layers(parsed.name, tag) ?? resolver.layersFromWords(parsed.name, tag);
  if (!layers) return null;
  const image = assemble(formatReference({ ...parsed, digest: null }), layers);
  return tag === "?" ? { ...image, notes: [...image.notes, NO_TAG] } : image;
}

const NO_TAG =
  "A digest alone does not tell which version it is: nothing that depends on the version is known.";

/** One contribution to the facts of an image; later layers win. */
interface Layer {
  readonly id: string;
  readonly facts: Facts;
  readonly notes: readonly string[];
  readonly sources: readonly Source[];
  readonly confidence: "source" | "knowledge";
  readonly unverified?: readonly string[] | undefined;
  readonly unsourced?: string | undefined;
  /** `distro` layers give distro, tools, accounts and ids; `image` layers everything. */
  readonly kind: "distro" | "image";
}

interface TagMeaning {
  readonly base: string;
  readonly notes: readonly string[];
  readonly sources: readonly Source[];
}

/** What stands below images, by reference of the base. */
const bases = new Map<string, readonly Layer[] | null>();

/** A base of a base of a base: no image is deeper than this. */
const MAX_DEPTH = 6;

class Resolver {
  readonly #knowledge: Knowledge;
  readonly #extra: readonly Profile[];

  constructor(knowledge: Knowledge, extra: readonly Profile[]) {
    this.#knowledge = knowledge;
    this.#extra = extra;
  }

  layers(name: string, tag: string, depth = 0): Layer[] | null {
    if (depth > MAX_DEPTH) return null;
    const profile = this.#profileFor(name, tag);
    return profile && this.#layersOf(profile, name, tag, depth);
  }

  layersFromWords(name: string, tag: string): Layer[] | null {
    const fromTag = baseFromWords(tag);
    const base = fromTag ?? (name.includes("/") ? baseFromName(name) : null);
    const below = base === null ? null : this.#layersOfBase(base, 0);
    if (!below) return null;
    const { id } = below.at(-1)!;
    return [
      ...below,
      {
        id: `tag/${id.replace(/^distro\//, "")}`,
        facts: { strategy: "create-user" },
        notes: [
          `The image itself is not known; its ${fromTag === null ? "name" : "tag"} says ${readable(base!)}. ` +
            "Its user is taken to be root.",
        ],
        sources: [],
        confidence: "knowledge",
        kind: "image",
      },
    ];
  }

  #profileFor(name: string, tag: string): Profile | null {
    const own = this.#extra.find(
      (profile) =>
        (profile.match.names?.includes(name) === true ||
          (profile.match.pattern !== undefined && pattern(profile.match.pattern).test(name))) &&
        takesTag(profile, tag),
    );
    if (own) return own.id.startsWith(INSPECTED) ? own : { ...own, id: `kept/${own.id}` };
    return this.#knowledge.profileFor(name, tag);
  }

  #layersOf(profile: Profile, name: string, tag: string, depth: number): Layer[] {
    const moved = profile.suites ? this.#tagMeant(name, tag) : null;
    const told = profile.suites ? null : this.#baseToldByTag(profile, name, tag);
    const base = told?.base ?? profile.from ?? null;
    const below = (base === null ? null : this.#layersOfBase(base, depth + 1)) ?? [];
    const suite = suiteOf(profile, moved?.tag ?? tag);
    const own = profile.facts ?? {};
    const layers: Layer[] = [...below];
    layers.push({
      id: profile.id,
      // What a profile says of its distro holds for the base it names, not for another one that the tag names.
      facts: told ? withoutDistroFacts(own) : own,
      // The profile's own come first: a decline takes the first for its reason.
      notes: [...(profile.notes ?? []), ...(moved?.notes ?? told?.notes ?? [])],
      sources: [...(profile.sources ?? []), ...(moved?.sources ?? told?.sources ?? [])],
      confidence: profile.confidence,
      unverified: profile.unverified,
      unsourced: profile.unsourced,
      kind: "image",
    });
    if (suite) layers.push(suiteLayer(profile, suite.suite, suite.name));
    const suiteName = suite?.name ?? nameOfSuite(below);
    for (const variant of profile.variants ?? []) {
      if (applies(variant, name, tag, suiteName)) layers.push(variantLayer(profile, variant));
    }
    return layers;
  }

  /** The same few distros stand below most images; one's own profiles may be of one of them. */
  #layersOfBase(base: string, depth: number): readonly Layer[] | null {
    if (this.#extra.length > 0) return this.#readBase(base, depth);
    let layers = bases.get(base);
    if (layers === undefined) bases.set(base, (layers = this.#readBase(base, depth)));
    return layers;
  }

  #readBase(base: string, depth: number): readonly Layer[] | null {
    const layers = this.#findBase(base, depth);
    return layers && layers.map((layer) => ({ ...layer, kind: "distro" }));
  }

  #findBase(base: string, depth: number): Layer[] | null {
    if (base.startsWith("distro/")) {
      const profile = this.#knowledge.profileById(base);
      return profile && this.#layersOf(profile, base, "?", depth);
    }
    const parsed = parseReference(base);
    return parsed && this.layers(parsed.name, parsed.tag ?? "latest", depth);
  }

  /** The tag of a distro's image that `latest` or `stable` stands for. */
  #tagMeant(name: string, tag: string): (Omit<TagMeaning, "base"> & { readonly tag: string }) | null {
    const table = this.#knowledge.tagTable(name);
    const base = table?.baseOf(tag) ?? null;
    const meant = base === null ? null : parseReference(base)?.tag;
    if (!table || meant == null) return null;
    const notes = [`The tag "${tag}" means ${readable(base!)}, as of ${table.date}.`];
    return { tag: meant, notes, sources: [table.source] };
  }

  /** Data on what the tag points to, then the words of the tag, then what the profile says of such tags. */
  #baseToldByTag(profile: Profile, name: string, tag: string): TagMeaning | null {
    const table = this.#knowledge.tagTable(name);
    const base = table?.baseOf(tag) ?? null;
    if (table && base !== null) {
      const notes = [`The tag "${tag}" is made from ${readable(base)}, as of ${table.date}.`];
      return { base, notes, sources: [table.source] };
    }
    const words = baseFromWords(tag);
    if (words !== null) return { base: words, notes: [], sources: [] };
    const variant = profile.variants?.findLast(
      (one) => one.from !== undefined && applies(one, name, tag, null),
    );
    return variant?.from === undefined ? null : { base: variant.from, notes: [], sources: [] };
  }
}

/** `distro/debian` and `alpine:?` without the signs for what is not known. */
function readable(base: string): string {
  return base.replace("distro/", "").replace(":?", "");
}

function suiteOf(profile: Profile, tag: string): { suite: Suite; name: string } | null {
  for (const suite of profile.suites ?? []) {
    const match = pattern(suite.tag).exec(tag);
    if (match) return { suite, name: suite.name.replace("$1", match[1] ?? "") };
  }
  return null;
}

function suiteLayer(profile: Profile, suite: Suite, name: string): Layer {
  return {
    id: suite.name.includes("$1") ? profile.id : `${profile.id}-${name}`,
    facts: { ...suite.facts, suite: name },
    notes: suite.notes ?? [],
    sources: suite.sources ?? [],
    confidence: suite.confidence ?? profile.confidence,
    kind: "image",
  };
}

function variantLayer(profile: Profile, variant: Variant): Layer {
  return {
    id: profile.id,
    facts: variant.facts ?? {},
    notes: variant.note === undefined ? [] : [variant.note],
    sources: variant.sources ?? [],
    confidence: variant.confidence ?? profile.confidence,
    kind: "image",
  };
}

function applies(
  { name: names, tag: tags, suite: suites }: Variant,
  name: string,
  tag: string,
  suite: string | null,
): boolean {
  if (names !== undefined && !pattern(names).test(name)) return false;
  if (tags !== undefined && !pattern(tags).test(tag)) return false;
  return suites === undefined || (suite !== null && pattern(suites).test(suite));
}

function nameOfSuite(layers: readonly Layer[]): string | null {
  return layers.findLast((layer) => layer.facts.suite !== undefined)?.facts.suite ?? null;
}

const DISTRO_FACTS = new Set<string>(["os", "distro", "packageManager", "shell", "bash", "userTools"]);

function withoutDistroFacts(facts: Facts): Facts {
  return Object.fromEntries(Object.entries(facts).filter(([key]) => !DISTRO_FACTS.has(key)));
}

function assemble(reference: string, layers: readonly Layer[]): BaseImage {
  const image = layers.filter((layer) => layer.kind === "image");
  const last = <K extends keyof Facts>(key: K, among: readonly Layer[] = image): Facts[K] =>
    among.findLast((layer) => layer.facts[key] !== undefined)?.facts[key];
  const distro = <K extends keyof Facts>(key: K): Facts[K] => last(key, layers);
  const user = last("user") ?? "root";
  const there = withoutWhatWasCut(layers, distro("shell"));
  const accounts = accountsOf(there);
  const notes = [...image.flatMap((layer) => layer.notes), ...(last("notes") ?? [])];
  return {
    id: image.at(-1)!.id,
    reference,
    os: distro("os") ?? "linux",
    distro: distro("distro") ?? null,
    suite: distro("suite") ?? null,
    packageManager: distro("packageManager") ?? null,
    shell: distro("shell") ?? null,
    bash: distro("bash") ?? null,
    userTools: distro("userTools") ?? UNKNOWN_TOOLS,
    stepDownTools: stepDownToolsOf(there),
    user: { name: user, isRoot: /^(?:root|0)(?::|$)/.test(user), numeric: /^\d+(?::\d+)?$/.test(user) },
    users: accounts,
    serviceAccount: last("serviceAccount") ?? null,
    takenIds: takenIdsOf(there, accounts),
    ports: last("ports") ?? [],
    entrypoint: entrypointOf(last("entrypoint")),
    cmd: last("cmd") ?? null,
    workdir: last("workdir") ?? null,
    home: last("home") ?? null,
    volumes: last("volumes") ?? [],
    env: last("env") ?? {},
    writablePaths: (last("writablePaths") ?? []).map((path) => ({ ...path, when: path.when ?? null })),
    portFiles: last("portFiles") ?? [],
    portEnv: last("portEnv") ?? [],
    fileCapabilities: last("fileCapabilities") ?? [],
    unprivileged: last("unprivileged") ?? null,
    strategy: distro("os") === "windows" ? "skip" : (last("strategy") ?? "create-user"),
    notes: [...new Set(notes)],
    sources: uniqueSources(image.flatMap((layer) => layer.sources)),
    confidence: image.every((layer) => layer.confidence === "source") ? "source" : "knowledge",
    unverified: image.flatMap((layer) => layer.unverified ?? []),
    unsourced: image.flatMap((layer) => layer.unsourced ?? []),
  };
}

/** An image without the shell of its distro was put together of parts: the distro's accounts and tools are not in it. */
function withoutWhatWasCut(layers: readonly Layer[], shell: Facts["shell"]): readonly Layer[] {
  const ofDistro = (layer: Layer): boolean => layer.id.startsWith("distro/");
  const hadShell = layers.some((layer) => ofDistro(layer) && typeof layer.facts.shell === "string");
  return shell === false && hadShell ? layers.filter((layer) => !ofDistro(layer)) : layers;
}

/** The image's own accounts, and those of what it is made from unless it deletes them or reuses their name or uid. */
function accountsOf(layers: readonly Layer[]): BaseAccount[] {
  let accounts: Account[] = [];
  const owners = new Map<string, Account[]>();
  for (const layer of layers) {
    if (layer.facts.removesUsers) {
      for (const [owner, theirs] of owners)
        owners.set(
          owner,
          theirs.filter((one) => one.uid !== 1000),
        );
    }
    // A variant replaces the accounts of its own profile, not those that come from below.
    if (layer.facts.users) owners.set(ownerOf(layer.id), [...layer.facts.users]);
  }
  for (const own of owners.values()) {
    const others = accounts.filter(
      (one) => !own.some((two) => two.name === one.name || (two.uid !== undefined && two.uid === one.uid)),
    );
    accounts = [...others, ...own];
  }
  return accounts.map(({ name, uid, gid, group, home, shell }) => ({
    name,
    uid: uid ?? null,
    gid: gid ?? null,
    group: group ?? null,
    home: home ?? null,
    shell: shell ?? null,
  }));
}

/** `distro/ubuntu-noble` speaks for `distro/ubuntu`. */
function ownerOf(id: string): string {
  return id.replace(/^(distro\/[a-z0-9]+)-.*$/, "$1");
}

function takenIdsOf(layers: readonly Layer[], accounts: readonly BaseAccount[]): BaseImage["takenIds"] {
  const owners = new Map<string, { readonly uids: readonly number[]; readonly gids: readonly number[] }>();
  let removes = false;
  for (const { id, facts } of layers) {
    if (facts.takenIds) owners.set(ownerOf(id), facts.takenIds);
    if (facts.removesUsers) removes = true;
  }
  const uids = new Set<number>();
  const gids = new Set<number>();
  for (const ids of owners.values()) {
    for (const uid of ids.uids) uids.add(uid);
    for (const gid of ids.gids) gids.add(gid);
  }
  if (removes) for (const ids of [uids, gids]) ids.delete(1000);
  for (const { uid, gid } of accounts) {
    if (uid !== null) uids.add(uid);
    if (gid !== null) gids.add(gid);
  }
  return { uids: ascending(uids), gids: ascending(gids) };
}

function ascending(ids: Iterable<number>): number[] {
  return Array.from(ids).sort((a, b) => a - b);
}

/** The distro's, and the image's own, which a variant replaces. */
function stepDownToolsOf(layers: readonly Layer[]): string[] {
  const last = (kind: Layer["kind"]) =>
    layers.findLast((layer) => layer.kind === kind && layer.facts.stepDownTools)?.facts.stepDownTools ?? [];
  return [...new Set([...last("distro"), ...last("image")])];
}

function entrypointOf(entrypoint: Facts["entrypoint"]): BaseEntrypoint | null {
  if (!entrypoint) return null;
  return {
    exec: entrypoint.exec,
    stepsDown: entrypoint.stepsDown ?? false,
    mechanism: entrypoint.mechanism ?? null,
    target: entrypoint.target ?? null,
    startAs: entrypoint.startAs ?? null,
    ...(entrypoint.note === undefined ? {} : { note: entrypoint.note }),
  };
}

function uniqueSources(sources: readonly Source[]): Source[] {
  const seen = new Map<string, Source>();
  for (const source of sources) {
    const key = `${source.repo} ${source.path} ${source.ref ?? ""}`;
    if (!seen.has(key)) seen.set(key, source);
  }
  return [...seen.values()];
}

const UNKNOWN_TOOLS: UserTools = {
  useradd: null,
  groupadd: null,
  usermod: null,
  adduser: null,
  addgroup: null,
  install: null,
};
