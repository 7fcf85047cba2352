import { expect, it } from "vitest";
import { describeProbe, ProbeError, readProbe } from "../../src/verify/probe-syntax.ts";

it.each([
  ["GET :8080/health 200", { method: "GET", port: 8080, path: "/health", status: 200 }],
  [":8080/health", { method: "GET", port: 8080, path: "/health" }],
  [":3000", { method: "GET", port: 3000, path: "/" }],
  ["/status", { method: "GET", port: 80, path: "/status" }],
  ["post :80/votes 201", { method: "POST", port: 80, path: "/votes", status: 201 }],
  [
    'GET :80/?q=a 200 "two words"',
    { method: "GET", port: 80, path: "/?q=a", status: 200, contains: "two words" },
  ],
])("%s", (text, probe) => {
  expect(readProbe(text)).toEqual({ kind: "http", ...probe });
});

it("asks only whether a port is open", () => {
  expect(readProbe("TCP :5432")).toEqual({ kind: "tcp", port: 5432 });
  expect(describeProbe(readProbe("tcp 5432"))).toBe("TCP :5432");
});

it.each(["", "GET", "GET :99999/", "GET :80/ 999", "GET http://localhost/", ":0/", "TCP :70000"])(
  "refuses %j",
  (text) => {
    expect(() => readProbe(text)).toThrow(ProbeError);
  },
);
