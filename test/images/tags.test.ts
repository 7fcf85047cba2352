import { readFileSync, readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { loadKnowledge } from "../../src/images/load.ts";
import { TagTable } from "../../src/images/tag-table.ts";
import { baseFromName, baseFromWords } from "../../src/images/tag-words.ts";

const samples = JSON.parse(readFileSync(new URL("tag-samples.json", import.meta.url), "utf8")) as Record<
  string,
  Record<string, string>
>;

describe("tag data", () => {
  it.each(Object.entries(samples))("of %s", (image, tags) => {
    const table = loadKnowledge().tagTable(image)!;
    expect(Object.fromEntries(Object.keys(tags).map((tag) => [tag, table.baseOf(tag)]))).toEqual(tags);
  });

  it("names its image in the file's name and a day", () => {
    const folder = new URL("../../src/images/tags/", import.meta.url);
    for (const name of readdirSync(folder)) {
      const { image, date } = JSON.parse(readFileSync(new URL(name, folder), "utf8")) as Record<
        string,
        string
      >;
      expect(`${image}.json`).toBe(name);
      expect(date).toMatch(/^\d{4}-\d\d-\d\d$/);
    }
  });

  const table = new TagTable({
    image: "x",
    date: "2026-01-01",
    source: { repo: "x/x", path: "x" },
    tags: {
      "{1}": "8 jessie 9 ? 11 buster ..12",
      "{1}.{2}": "1.2 bullseye 1.10 bookworm ..1.12",
      slim: "* trixie",
    },
  });

  it.each([
    ["8", "debian:jessie"],
    ["12", "debian:buster"],
    ["1.2", "debian:bullseye"],
    ["1.9", "debian:bullseye"],
    ["1.10", "debian:bookworm"],
    ["slim", "debian:trixie"],
  ])("reads %s", (tag, base) => {
    expect(table.baseOf(tag)).toBe(base);
  });

  it.each(["7", "10", "13", "1.1", "2.0", "latest", "1.2-slim"])("does not answer for %s", (tag) => {
    expect(table.baseOf(tag)).toBeNull();
  });
});

describe("words of a tag", () => {
  it.each([
    ["3.12-slim-bookworm", "debian:bookworm"],
    ["8-alpine3.20", "alpine:3.20"],
    ["lts-alpine", "alpine:?"],
    ["1.16.0-erlang-26-alpine-3.19.1", "alpine:3.19"],
    ["12.2.0-base-ubuntu22.04", "ubuntu:22.04"],
    ["1.25-debian-12-r3", "debian:12"],
    ["21-jre-ubi9-minimal", "redhat/ubi9-minimal"],
    ["17-al2023", "amazonlinux:2023"],
    ["8.0-jammy-chiseled", "ubuntu:jammy"],
    ["8.0-nanoserver-1809", "mcr.microsoft.com/windows/nanoserver"],
    ["8.0-azurelinux3.0", "mcr.microsoft.com/azurelinux/base/core"],
    ["debian", "distro/debian"],
    ["3.12", null],
    ["latest", null],
    ["nobleman", null],
    ["alpinist", null],
    ["sidecar", null],
  ])("%s", (tag, base) => {
    expect(baseFromWords(tag)).toBe(base);
  });
});

describe("words of a name", () => {
  it.each([
    ["company/alpine-base", "alpine:?"],
    ["company/alpine3.18", "alpine:3.18"],
    ["team/ubuntu22.04-python", "ubuntu:22.04"],
    ["team/python-centos7", "centos:7"],
    ["alpine/app", null],
    ["team/noble", null],
    ["team/app", null],
  ])("%s", (name, base) => {
    expect(baseFromName(name)).toBe(base);
  });
});
