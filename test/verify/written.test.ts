import { describe, expect, it } from "vitest";
import { isVolatile, leaves, readDiff, withoutChance, withoutRandom } from "../../src/verify/written.ts";

describe("changes of a container", () => {
  it("leaves out directories that only changed because of what is in them", () => {
    const diff =
      "C /var\nC /var/log\nA /var/log/app.log\nC /etc\nD /etc/old\nC /srv\nA /srv/new\nA /srv/new/x\n";
    expect(readDiff(diff)).toEqual([
      { path: "/etc/old", kind: "deleted" },
      { path: "/srv/new", kind: "created" },
      { path: "/srv/new/x", kind: "created" },
      { path: "/var/log/app.log", kind: "created" },
    ]);
    expect(leaves(readDiff(diff)).map(({ path }) => path)).not.toContain("/srv/new");
  });

  it.each(["", "garbage", "X /y", "A relative"])("takes %j for nothing", (text) => {
    expect(readDiff(text)).toEqual([]);
  });

  it("knows paths that tell nothing", () => {
    for (const path of ["/tmp/x", "/run/secrets", "/app/__pycache__/a.pyc", "/etc/hosts"]) {
      expect(isVolatile(path), path).toBe(true);
    }
    for (const path of ["/app/tmp", "/run/nginx.pid", "/tmpfiles", "/etc/hosts.allow"]) {
      expect(isVolatile(path), path).toBe(false);
    }
  });

  it("takes chance out of names", () => {
    expect(withoutChance("/a/2024-01-02T03_04_05_678Z-debug-0.log")).toBe("/a/*-debug-0.log");
    expect(withoutChance("/a/pid-4711")).toBe("/a/pid-*");
    expect(withoutRandom("/a/pid-4711")).toBe("/a/pid-4711");
    expect(withoutRandom("/a/0e37df36-f698-11e6-8dd4-cb9ced3df976")).toBe("/a/*");
    expect(withoutRandom("/a/facade/decade")).toBe("/a/facade/decade");
  });
});
