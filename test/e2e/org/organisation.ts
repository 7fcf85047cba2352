/** An organisation of any size on the double, with a bit of everything, and what should become of each repository. */
import type { ForgeDouble, NewRepository } from "../../org/double/index.ts";

export type Expected = "opened" | "unchanged" | "declined" | "skipped";

interface Kind {
  readonly share: number;
  readonly expected: Expected;
  readonly make: (i: number) => Omit<NewRepository, "owner" | "name">;
}

const node = (i: number, version = 20): Record<string, string> => ({
  Dockerfile: `FROM node:${version}-alpine\nWORKDIR /app\nCOPY . .\nENV NUMBER=${i}\nCMD ["node", "server.js"]\n`,
  "server.js": "require('http').createServer().listen(3000);\n",
});

/** In twentieths. */
const KINDS: readonly Kind[] = [
  { share: 3, expected: "opened", make: (i) => ({ files: node(i) }) },
  {
    share: 1,
    expected: "opened",
    make: (i) => ({
      files: {
        "run.sh": `#!/bin/sh\nexec sleep ${i}00\n`,
        Dockerfile: 'FROM alpine:3.20\nCOPY run.sh /run.sh\nENTRYPOINT ["/run.sh"]\n',
      },
    }),
  },
  {
    share: 1,
    expected: "opened",
    make: (i) => ({ files: { "a/Dockerfile": node(i)["Dockerfile"]!, "README.md": "x" } }),
  },
  { share: 8, expected: "unchanged", make: (i) => ({ files: { "README.md": `No image, number ${i}\n` } }) },
  {
    share: 1,
    expected: "unchanged",
    make: (i) => ({
      files: {
        Dockerfile: `FROM gcr.io/distroless/static:nonroot\nLABEL n=${i}\nCOPY app /app\nCMD ["/app"]\n`,
      },
    }),
  },
  {
    share: 1,
    expected: "declined",
    make: (i) => ({
      files: {
        Dockerfile: `FROM debian:12\nLABEL n=${i}\nRUN apt-get update && apt-get install -y cron\nCMD ["cron", "-f"]\n`,
      },
    }),
  },
  { share: 1, expected: "skipped", make: (i) => ({ files: node(i), archived: true }) },
  { share: 1, expected: "skipped", make: (i) => ({ files: node(i), fork: true }) },
  { share: 1, expected: "skipped", make: (i) => ({ files: node(i), topics: ["deroot-ignore"] }) },
  {
    share: 1,
    expected: "skipped",
    make: (i) => ({ files: { ...node(i), ".github/deroot.yml": "enabled: false\n" } }),
  },
  { share: 1, expected: "skipped", make: () => ({}) },
];

/** @returns `owner/name` to what is to be expected. */
export function populate(forge: ForgeDouble, owner: string, count: number): Map<string, Expected> {
  const expected = new Map<string, Expected>();
  const kinds = KINDS.flatMap((kind) => Array<Kind>(kind.share).fill(kind));
  for (let i = 0; i < count; i++) {
    // 7 has no divisor in common with 20: kinds are scattered over the pages.
    const kind = kinds[(i * 7) % kinds.length]!;
    const name = `r${String(i).padStart(5, "0")}`;
    forge.addRepository({ owner, name, ...kind.make(i) });
    expected.set(`${owner}/${name}`, kind.expected);
  }
  return expected;
}
