import { describe, expect, it } from "vitest";
import { modelImage, type Base } from "../../src/analysis/index.ts";
import { readDockerfile } from "../../src/dockerfile/index.ts";

function baseOf(text: string): Base {
  return modelImage(readDockerfile(`${text}\n`), { light: true }).base;
}

const DIGEST = `sha256:${"a".repeat(64)}`;

describe("the base behind FROM, as BuildKit reads it", () => {
  it.each([
    ["a global ARG", "ARG TAG=20\nFROM node:$TAG"],
    ["quotes in it", 'ARG TAG="20"\nFROM node:${TAG}'],
    ["one ARG in another", "ARG A=node\nARG B=${A}:20\nFROM $B"],
    ["two on a line", "ARG A=node B=20\nFROM ${A}:${B}"],
    ["the last of two", "ARG TAG=18\nARG TAG=20\nFROM node:$TAG"],
    ["a default in place", "FROM ${IMAGE:-node:20}"],
    ["a default for an ARG without one", "ARG TAG\nFROM node:${TAG:-20}"],
    ["a default without a colon", "ARG TAG\nFROM node:${TAG-20}"],
    ["a default with a variable in it", "ARG V=20\nFROM node:${TAG:-$V}"],
    ["a word where it is set", "ARG ALT=1\nFROM ${ALT:+node:20}"],
    ["a prefix taken off", "ARG I=docker.io/library/node:20\nFROM ${I#docker.io/library/}"],
    ["the longest prefix taken off", "ARG I=corp.example/hub/node:20\nFROM ${I##*/}"],
    ["a suffix taken off", "ARG TAG=20-alpine\nFROM node:${TAG%-alpine}"],
    ["a word replaced", "ARG TAG=v20\nFROM node:${TAG/v/}"],
    ["a stage by its name", "FROM node:20 AS Base\nFROM base"],
    ["a stage by an ARG", "ARG FROM_STAGE=build\nFROM node:20 AS build\nFROM $FROM_STAGE"],
    ["a platform before it", "FROM --platform=$BUILDPLATFORM node:20"],
    ["blanks around it", "FROM   node:20   AS x"],
  ])("%s", (_, text) => {
    expect(baseOf(text)).toMatchObject({ reference: "node:20", unknown: [], image: { id: "node" } });
  });

  it.each([
    ["an ARG without a value", "ARG TAG\nFROM node:$TAG", ["TAG"]],
    ["an ARG of an earlier stage", "FROM alpine AS a\nARG TAG=20\nFROM node:$TAG", ["TAG"]],
    ["what only the build knows", "FROM corp/base-${TARGETARCH}", ["TARGETARCH"]],
  ])("is not known where %s decides", (_, text, unknown) => {
    expect(baseOf(text)).toMatchObject({ reference: null, unknown, image: null });
  });

  it("is not known where the word for a set variable is left out", () => {
    expect(baseOf("FROM ${ALT:+node:20}")).toMatchObject({ reference: null, image: null });
  });

  it.each([
    [`node:20@${DIGEST}`, "bookworm"],
    [`docker.io/library/node:20@${DIGEST}`, "bookworm"],
    [`node@${DIGEST}`, null],
  ])("%s has a digest", (reference, suite) => {
    expect(baseOf(`FROM ${reference}`).image).toMatchObject({ id: "node", suite });
  });

  it("says what FROM asks for as a platform", () => {
    expect(baseOf("ARG P=linux/arm64\nFROM --platform=$P node").platform).toBe("linux/arm64");
    expect(baseOf("FROM --platform=$TARGETPLATFORM node").platform).toBeNull();
    expect(baseOf("FROM node").platform).toBeNull();
  });
});
