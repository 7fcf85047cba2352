import { readFileSync, readdirSync } from "node:fs";
import { Ajv } from "ajv";
import { describe, expect, it } from "vitest";
import { checkProfile, checkSources } from "../../src/images/check-profile.ts";
import { loadKnowledge } from "../../src/images/load.ts";
import type { Profile } from "../../src/images/profile.ts";
import { parseReference } from "../../src/images/reference.ts";
import { resolveImage } from "../../src/images/resolve.ts";

const folder = new URL("../../src/images/profiles/", import.meta.url);
const files = ["", "distro/"].flatMap((sub) =>
  readdirSync(new URL(sub, folder))
    .filter((name) => name.endsWith(".json"))
    .map((name) => sub + name),
);
const profiles = files.map((file) => ({
  file,
  profile: JSON.parse(readFileSync(new URL(file, folder), "utf8")) as Profile,
}));
const ajv = new Ajv({ allErrors: true, formats: { regex: (text: string) => Boolean(new RegExp(text)) } });
const valid = ajv.compile(
  JSON.parse(readFileSync(new URL("../../../schema/profile.schema.json", folder), "utf8")) as Record<
    string,
    unknown
  >,
);

describe.each(profiles)("$file", ({ file, profile }) => {
  it("has the form of a profile", () => {
    valid(profile);
    expect(valid.errors ?? []).toEqual([]);
  });

  it("is complete", () => {
    expect([...checkProfile(profile), ...checkSources(profile)]).toEqual([]);
  });

  it("is called after its id", () => {
    const [distro, name] = profile.id.startsWith("distro/")
      ? ["distro/", profile.id.slice("distro/".length)]
      : ["", profile.id];
    expect(file).toBe(`${distro}${name.replaceAll("/", "-")}.json`);
  });

  it("is made from something known", () => {
    const bases = [profile.from, ...(profile.variants ?? []).map((variant) => variant.from)];
    for (const base of bases) {
      if (base === undefined) continue;
      const known = base.startsWith("distro/") ? loadKnowledge().profileById(base) : resolveImage(base);
      expect(known, base).not.toBeNull();
    }
  });

  it("is found under each of its names", () => {
    for (const name of profile.match.names ?? []) {
      expect(loadKnowledge().profileFor(parseReference(name)!.name, "latest")?.id, name).toBe(profile.id);
    }
  });
});

describe("all profiles together", () => {
  it("have different ids", () => {
    expect(new Set(profiles.map(({ profile }) => profile.id)).size).toBe(profiles.length);
  });

  it("list no name twice", () => {
    const names = profiles.flatMap(({ profile }) => profile.match.names ?? []);
    expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
  });

  it("know distro, tools and accounts wherever deroot would make or use an account", () => {
    for (const { profile } of profiles) {
      for (const name of profile.match.names ?? []) {
        const image = resolveImage(name)!;
        expect(image.distro, name).not.toBeNull();
        expect(image.shell, name).not.toBeNull();
        expect(image.user.name, name).not.toBe("");
        if (image.strategy === "numeric-user") expect(image.shell, name).toBe(false);
        if (image.strategy === "already-nonroot") expect(image.user.isRoot, name).toBe(false);
        if (image.shell === false) expect(image.stepDownTools, name).toEqual([]);
        if (image.serviceAccount !== null)
          expect(
            image.users.map((user) => user.name),
            name,
          ).toContain(image.serviceAccount);
      }
    }
  });
});

describe("checkProfile", () => {
  const sound: Profile = { id: "x", match: { names: ["x"] }, from: "distro/debian", confidence: "knowledge" };

  it.each<[string, Partial<Profile>, RegExp]>([
    ["no origin", { from: undefined as never }, /what the image is made from/],
    ["no source", { confidence: "source" }, /names none/],
    ["a name with its registry", { match: { names: ["docker.io/library/x"] } }, /write "x"/],
    ["a broken pattern", { match: { pattern: "(" } }, /not a regular expression/],
    ["an account that is not named", { facts: { strategy: "use-existing-user" } }, /does not say which/],
    ["a user that is not told", { facts: { strategy: "already-nonroot" } }, /as whom does the image run/],
    ["a port without a place", { facts: { strategy: "needs-config", ports: [80] } }, /says where/],
    ["an empty variant", { variants: [{ id: "v", tag: "v" }] }, /says nothing/],
    ["a vague step down", { facts: { entrypoint: { exec: [], stepsDown: true } } }, /how and to whom/],
  ])("names %s", (_, change, expected) => {
    expect(checkProfile({ ...sound, ...change }).join("\n")).toMatch(expected);
  });

  it("names a profile without sources that does not say why", () => {
    const sources = [{ repo: "acme/x", path: "Dockerfile" }];
    expect(checkSources(sound)).toEqual([expect.stringMatching(/names no source.*"unsourced"/)]);
    expect(checkSources({ ...sound, sources, unsourced: "Nobody publishes it." })).toHaveLength(1);
    expect(checkSources({ ...sound, sources })).toEqual([]);
    expect(checkSources({ ...sound, variants: [{ id: "v", tag: "v", sources }] })).toEqual([]);
    expect(checkSources({ ...sound, unsourced: "Nobody publishes it." })).toEqual([]);
  });

  it("is content with a sound profile", () => {
    expect(checkProfile(sound)).toEqual([]);
  });
});
