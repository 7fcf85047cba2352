import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Lifetime } from "../../src/review/web/lifetime.ts";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const PATIENCE = { first: 1000, reload: 50, idle: 5000 };

function start(): { lifetime: Lifetime; ended: string[] } {
  const ended: string[] = [];
  return { lifetime: new Lifetime(PATIENCE, (why) => ended.push(why)), ended };
}

test("a server that nobody opens ends", () => {
  const { ended } = start();
  vi.advanceTimersByTime(999);
  expect(ended).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(ended).toEqual(["idle"]);
});

test("a reload closes the page and opens it again: the server stays", () => {
  const { lifetime, ended } = start();
  lifetime.pages(1);
  lifetime.pages(0);
  vi.advanceTimersByTime(49);
  lifetime.pages(1);
  vi.advanceTimersByTime(4999);
  expect(ended).toEqual([]);
});

test("it ends when the last of several pages has closed", () => {
  const { lifetime, ended } = start();
  lifetime.pages(1);
  lifetime.pages(2);
  lifetime.pages(1);
  vi.advanceTimersByTime(60);
  expect(ended).toEqual([]);
  lifetime.pages(0);
  vi.advanceTimersByTime(50);
  expect(ended).toEqual(["closed"]);
});

test("an open page on which nothing is done ends after its time, and every deed prolongs it", () => {
  const { lifetime, ended } = start();
  lifetime.pages(1);
  vi.advanceTimersByTime(4000);
  lifetime.touch();
  vi.advanceTimersByTime(4000);
  expect(ended).toEqual([]);
  vi.advanceTimersByTime(1000);
  expect(ended).toEqual(["idle"]);
});

test("a verification that a page is waiting for is not cut off", () => {
  const { lifetime, ended } = start();
  lifetime.pages(1);
  lifetime.busy(true);
  vi.advanceTimersByTime(100_000);
  expect(ended).toEqual([]);
  lifetime.busy(false);
  vi.advanceTimersByTime(5000);
  expect(ended).toEqual(["idle"]);
});

test("a server that was stopped ends once", () => {
  const { lifetime, ended } = start();
  lifetime.stop();
  vi.advanceTimersByTime(100_000);
  expect(ended).toEqual([]);
});
