/** What deroot knows of images, ready to be asked: profiles by name, and the meaning of tags. */
import type { Profile } from "./profile.ts";
import { TagTable } from "./tag-table.ts";
import type { TagData } from "./tag-table.ts";

/** The form in which knowledge is compiled: each profile and table stays a text until it is asked for. */
export interface CompiledKnowledge {
  /** Name of an image -> positions of the profiles that list it, in order of preference. */
  readonly names: Readonly<Record<string, readonly number[]>>;
  readonly ids: Readonly<Record<string, number>>;
  readonly patterns: readonly (readonly [pattern: string, profile: number])[];
  readonly profiles: readonly string[];
  readonly tags: Readonly<Record<string, string>>;
}

export class Knowledge {
  readonly #compiled: CompiledKnowledge;
  readonly #profiles: (Profile | undefined)[] = [];
  readonly #tags = new Map<string, TagTable>();

  constructor(compiled: CompiledKnowledge) {
    this.#compiled = compiled;
  }

  profileById(id: string): Profile | null {
    const index = this.#compiled.ids[id];
    return index === undefined ? null : this.#profile(index);
  }

  /** The first profile that lists the name, or else whose pattern fits it, and that takes the tag. */
  profileFor(name: string, tag: string): Profile | null {
    const { names } = this.#compiled;
    for (const index of Object.hasOwn(names, name) ? names[name]! : []) {
      const profile = this.#profile(index);
      if (takesTag(profile, tag)) return profile;
    }
    for (const [source, index] of this.#compiled.patterns) {
      if (!pattern(source).test(name)) continue;
      const profile = this.#profile(index);
      if (takesTag(profile, tag)) return profile;
    }
    return null;
  }

  /** What an undated tag of an official image is made from: `debian:bookworm`, `alpine:3.20`. */
  tagTable(name: string): TagTable | null {
    const { tags } = this.#compiled;
    if (!Object.hasOwn(tags, name)) return null;
    let table = this.#tags.get(name);
    if (!table) {
      table = new TagTable(JSON.parse(tags[name]!) as TagData);
      this.#tags.set(name, table);
    }
    return table;
  }

  /** All names that profiles list. */
  names(): readonly string[] {
    return Object.keys(this.#compiled.names);
  }

  /** All profiles, in order of their ids. */
  profiles(): readonly Profile[] {
    return this.#compiled.profiles.map((_, index) => this.#profile(index));
  }

  #profile(index: number): Profile {
    return (this.#profiles[index] ??= JSON.parse(this.#compiled.profiles[index]!) as Profile);
  }
}

export function takesTag(profile: Profile, tag: string): boolean {
  return profile.match.tag === undefined || pattern(profile.match.tag).test(tag);
}

const patterns = new Map<string, RegExp>();

/** Profiles hold their patterns as text, and the same ones are asked again and again. */
export function pattern(source: string): RegExp {
  let compiled = patterns.get(source);
  if (!compiled) patterns.set(source, (compiled = new RegExp(source)));
  return compiled;
}

export function compileKnowledge(
  profiles: readonly Profile[],
  tags: Readonly<Record<string, TagData>>,
): CompiledKnowledge {
  const sorted = [...profiles].sort((a, b) => (a.id < b.id ? -1 : 1));
  const names: Record<string, number[]> = {};
  const ids: Record<string, number> = {};
  const patterns: [string, number][] = [];
  sorted.forEach((profile, index) => {
    ids[profile.id] = index;
    for (const name of profile.match.names ?? []) (names[name] ??= []).push(index);
    if (profile.match.pattern !== undefined) patterns.push([profile.match.pattern, index]);
  });
  return {
    names,
    ids,
    patterns,
    profiles: sorted.map((profile) => JSON.stringify(profile)),
    tags: Object.fromEntries(Object.entries(tags).map(([name, data]) => [name, JSON.stringify(data)])),
  };
}

/** A line for what is asked first, then one for each profile and each table: reading it parses the first alone. */
export function packKnowledge({ profiles, tags, ...index }: CompiledKnowledge): string {
  const first = JSON.stringify({ ...index, tags: Object.keys(tags) });
  return [first, ...profiles, ...Object.values(tags)].join("\n");
}

export function unpackKnowledge(text: string): CompiledKnowledge {
  const [first, ...lines] = text.split("\n");
  const { tags: tables, ...index } = JSON.parse(first!) as PackedIndex;
  const profiles = lines.slice(0, -tables.length);
  const tags = Object.fromEntries(tables.map((name, i) => [name, lines[profiles.length + i]!]));
  return { ...index, profiles, tags };
}

type PackedIndex = Pick<CompiledKnowledge, "names" | "ids" | "patterns"> & {
  readonly tags: readonly string[];
};
