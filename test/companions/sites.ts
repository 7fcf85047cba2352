import { expect } from "vitest";
import type { PortSite } from "../../src/companions/index.ts";

/** Every range says what it claims: the digits of its port, on its line. */
export function expectExactSites(text: string, sites: readonly PortSite[]): void {
  for (const site of sites) {
    expect(text.slice(site.start, site.end), site.says).toBe(site.implied ? "" : String(site.port));
    expectLine(text, site);
  }
}

export function expectLine(text: string, at: { readonly start: number; readonly line: number }): void {
  expect(at.line).toBe(text.slice(0, at.start).split("\n").length);
}

/** `listen 80`, `reach web:80`, `listen udp 53`: short forms to compare with. */
export function brief(sites: readonly PortSite[]): string[] {
  return sites.map((site) =>
    [
      site.role,
      ...(site.protocol === "udp" ? ["udp"] : []),
      (site.host === undefined ? "" : `${site.host}:`) +
        (site.implied ? `(${site.port})` : String(site.port)),
    ].join(" "),
  );
}
