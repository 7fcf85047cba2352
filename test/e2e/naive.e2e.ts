/** A rewriter that only adds a user must be caught, each time at what it breaks. */
import { expect, it } from "vitest";
import type { Finding } from "../../src/verify/index.ts";
import { withEngine } from "./support/engine.ts";
import { examples, told, verifyExample } from "./support/examples.ts";
import { naiveRewrite } from "./support/naive.ts";

/** What breaks in which example. */
const CAUGHT: Readonly<Record<string, Finding["kind"]>> = {
  "alpine-script": "stopped",
  "compose-voting": "stopped",
  "debian-supervisord": "stopped",
  "express-80": "stopped",
  "express-uploads": "stopped",
  "go-distroless": "answer",
  "go-scratch": "start",
  "java-spring-like": "stopped",
  "nginx-static": "stopped",
  "node-root-home": "stopped",
  "php-apache": "stopped",
  "python-logs": "stopped",
  "ruby-sinatra-like": "stopped",
  "ubi-minimal": "build",
  "ubuntu-2404": "answer",
};

withEngine(
  "the naive rewrite is caught",
  (engine) => {
    for (const [name, kind] of Object.entries(CAUGHT)) {
      it(`${name}: ${kind}`, async () => {
        const example = examples.find((each) => each.name === name)!;
        const verification = await verifyExample(engine, example, { rewriter: naiveRewrite });
        expect(verification.verdict, told(verification)).toBe("different");
        expect(verification.findings.map((finding) => finding.kind)).toContain(kind);
      });
    }
  },
  { concurrent: true },
);
