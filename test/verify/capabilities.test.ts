import { expect, it } from "vitest";
import { neededCapabilities } from "../../src/verify/capabilities.ts";

const GRANTED = [
  "CHOWN",
  "DAC_OVERRIDE",
  "FOWNER",
  "SETGID",
  "SETUID",
  "NET_BIND_SERVICE",
  "KILL",
  "NET_RAW",
];

function app(works: (kept: ReadonlySet<string>) => boolean) {
  let runs = 0;
  return {
    runs: () => runs,
    works: (kept: readonly string[]) => {
      runs++;
      return Promise.resolve(works(new Set(kept)));
    },
  };
}

it("needs one run where the app needs none", async () => {
  const { works, runs } = app(() => true);
  expect(await neededCapabilities(GRANTED, works)).toEqual([]);
  expect(runs()).toBe(1);
});

it("finds those that the app does not do without, in fewer runs than there are sets", async () => {
  const { works, runs } = app((kept) => ["SETGID", "SETUID", "CHOWN"].every((each) => kept.has(each)));
  expect(await neededCapabilities(GRANTED, works)).toEqual(["CHOWN", "SETGID", "SETUID"]);
  expect(runs()).toBe(8);
});

it("finds others, too", async () => {
  const { works } = app((kept) => ["NET_RAW", "CHOWN"].every((each) => kept.has(each)));
  expect(await neededCapabilities(GRANTED, works)).toEqual(["CHOWN", "NET_RAW"]);
});

it("says nothing where the app does not even behave with all of them", async () => {
  expect(await neededCapabilities(GRANTED, app(() => false).works)).toBeNull();
});

it("says nothing where one stands in for another", async () => {
  const { works } = app((kept) => kept.has("CHOWN") || kept.has("FOWNER"));
  expect(await neededCapabilities(GRANTED, works)).toBeNull();
});
