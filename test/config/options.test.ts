import { describe, expect, it } from "vitest";
import { checkOptions, OptionError } from "../../src/config/options.ts";

describe("checkOptions", () => {
  it("takes every option", () => {
    const all = {
      user: "app",
      uid: 10001,
      gid: 10001,
      uidArgs: true,
      userStyle: "numeric",
      account: "reuse",
      ownership: "group0",
      strategy: "user",
      ports: { 80: 3000 },
      keepPorts: false,
      target: "prod",
      only: ["user"],
      skip: ["ports"],
      min: "safe",
      transform: ["./mine.js"],
    };
    expect(checkOptions({ $schema: "x", ...all })).toEqual(all);
    expect(checkOptions({ only: "user, ports" })).toEqual({ only: ["user", "ports"] });
  });

  it.each([
    [{ uid: 0 }, "0 is root"],
    [{ uid: -1 }, "whole number"],
    [{ uid: "1" }, "whole number"],
    [{ gid: 4294967295 }, "whole number"],
    [{ user: "root" }, "not root"],
    [{ user: "a b" }, "account name"],
    [{ user: "$(id)" }, "account name"],
    [{ uidArgs: "yes" }, "true or false"],
    [{ ownership: "mine" }, '"app" or "strict" or "group0"'],
    [{ ports: { 80: 443 } }, "from 1024 on"],
    [{ ports: { http: 8080 } }, "ports from 1 to 65535"],
    [{ ports: [80] }, "ports from 1 to 65535"],
    [{ only: [1] }, "list of names"],
    [{ target: "" }, "a text"],
    [{ toString: 1 }, "not an option"],
    [null, "holds no options"],
  ])("refuses %j", (values, message) => {
    expect(() => checkOptions(values)).toThrow(OptionError);
    expect(() => checkOptions(values)).toThrow(message);
  });
});
