import { readFileSync } from "node:fs";
import { buildSchema, parse, validate } from "graphql";
import { describe, expect, test } from "vitest";
import * as queries from "../../../src/org/github/queries.ts";

const schema = buildSchema(
  readFileSync(
    new URL("../../../node_modules/@octokit/graphql-schema/schema.graphql", import.meta.url),
    "utf8",
  ),
  // Two fields stand twice in it.
  { assumeValidSDL: true },
);
const documents: [string, string][] = Object.entries(queries).flatMap(([name, document]) =>
  typeof document === "string" ? [[name, document]] : [],
);
const everything = { labels: 2, users: 2, teams: 2, milestones: true };
const nothing = { labels: 0, users: 0, teams: 0, milestones: false };

describe("every document is valid in GitHub's published schema", () => {
  test.each([
    ...documents,
    ["named", queries.named(3)],
    ["blobs", queries.blobs(3)],
    ["createPullRequest", queries.createPullRequest(everything)],
    ["createPullRequest, plain", queries.createPullRequest(nothing)],
    ["wanted", queries.wanted(everything)],
    ["wanted, one label", queries.wanted({ ...nothing, labels: 1 })],
  ])("%s", (_, document) => {
    expect(validate(schema, parse(document)).map((error) => error.message)).toEqual([]);
  });
});
