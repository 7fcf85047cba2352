import type { RewriteOptions } from "../rewrite/types.ts";

/** What can stand in a configuration file: the options of the command line, in camelCase. */
export type Config = Omit<RewriteOptions, "reject" | "images" | "transforms"> & {
  /** Files with passes of one's own, relative to the configuration file. */
  readonly transform?: readonly string[];
};

/** Checks one value; returns the value as deroot uses it, or throws what was expected instead. */
type Check = (value: unknown) => unknown;

const text: Check = (value) => expect(typeof value === "string" && value !== "", value, "a text");

const flag: Check = (value) => expect(typeof value === "boolean", value, "true or false");

const list: Check = (value) => {
  const items = typeof value === "string" ? value.split(",").map((item) => item.trim()) : value;
  const valid = Array.isArray(items) && items.every((item) => typeof item === "string" && item !== "");
  return valid ? items : expect(false, value, "a list of names");
};

const id: Check = (value) => {
  if (value === 0) throw new Error("expected an id above 0: 0 is root");
  // The last two ids are reserved: (uid_t) -1 means "no change".
  const valid = Number.isInteger(value) && Number(value) > 0 && Number(value) < 4294967295;
  return expect(valid, value, "a whole number from 1 to 4294967294");
};

const umask: Check = (value) =>
  expect(typeof value === "string" && /^0?[0-7]{3}$/.test(value), value, "three octal digits, such as 002");

const account: Check = (value) =>
  expect(
    typeof value === "string" && /^[a-z_][a-z0-9_-]{0,31}$/.test(value) && value !== "root",
    value,
    "an account name: lower-case letters, digits, - and _, at most 32 of them, and not root",
  );

const ports: Check = (value) => {
  const valid =
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    Object.entries(value).every(([from, to]) => isPort(Number(from)) && isPort(to));
  if (!valid) return expect(false, value, 'ports from 1 to 65535, as {"80": 3000}');
  const low = Object.entries(value).find(([, to]) => Number(to) < 1024);
  if (low !== undefined) throw new Error(`expected a new port from 1024 on, not ${low.join(" = ")}`);
  return value;
};

function oneOf(...values: readonly string[]): Check {
  return (value) =>
    expect(values.includes(value as string), value, values.map((each) => `"${each}"`).join(" or "));
}

/** Every option that the command line and configuration files share. */
export const OPTIONS: Readonly<Record<keyof Config, Check>> = {
  user: account,
  uid: id,
  gid: id,
  uidArgs: flag,
  userStyle: oneOf("numeric", "name"),
  account: oneOf("reuse", "new"),
  ownership: oneOf("app", "strict", "group0"),
  strategy: oneOf("user", "entrypoint"),
  umask,
  ports,
  keepPorts: flag,
  harden: flag,
  target: text,
  only: list,
  skip: list,
  min: oneOf("safe", "likely"),
  mirrors: list,
  transform: list,
};

export class OptionError extends Error {
  override readonly name = "OptionError";
  readonly key: string;
  readonly hint: string;
  constructor(key: string, message: string, hint: string) {
    super(message);
    this.key = key;
    this.hint = hint;
  }
}

/** Checks options from a file or the command line; `call` says how the reader knows an option. */
export function checkOptions(values: unknown, call: (key: string) => string = (key) => `"${key}"`): Config {
  if (typeof values !== "object" || values === null || Array.isArray(values)) {
    throw new OptionError("", "it holds no options", 'It should hold names and values, as { "uid": 10001 }.');
  }
  const config: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(values)) {
    if (key === "$schema") continue;
    const check = Object.hasOwn(OPTIONS, key) ? OPTIONS[key as keyof Config] : undefined;
    if (check === undefined) {
      throw new OptionError(
        key,
        `${call(key)} is not an option`,
        `Options are: ${Object.keys(OPTIONS).join(", ")}.`,
      );
    }
    try {
      config[key] = check(value);
    } catch (error) {
      throw new OptionError(
        key,
        `${call(key)}: ${(error as Error).message}`,
        "Correct the value, or leave it out.",
      );
    }
  }
  return config;
}

function expect(valid: boolean, value: unknown, expected: string): unknown {
  if (!valid) throw new Error(`expected ${expected}, not ${JSON.stringify(value)}`);
  return value;
}

function isPort(value: unknown): boolean {
  return Number.isInteger(value) && Number(value) >= 1 && Number(value) <= 65535;
}
