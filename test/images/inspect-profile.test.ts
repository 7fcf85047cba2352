import { Ajv } from "ajv";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  accountStep,
  keptPath,
  keptText,
  ProfileError,
  readExtraProfiles,
  resolveImage,
} from "../../src/images/index.ts";
import { checkProfile } from "../../src/images/check-profile.ts";
import { formProblem, isTame } from "../../src/images/kept-form.ts";
import { readConfig } from "../../src/images/inspect/config.ts";
import { profileFromInspection, type ImageContents, type Program } from "../../src/images/inspect/index.ts";

const ajv = new Ajv({ allErrors: true, formats: { regex: true } });
const valid = ajv.compile(
  JSON.parse(readFileSync(new URL("../../schema/profile.schema.json", import.meta.url), "utf8")) as Record<
    string,
    unknown
  >,
);

const EMPTY: ImageContents = {
  passwd: null,
  group: null,
  osRelease: null,
  entrypoint: null,
  programs: {},
  complete: true,
};
const at = (file: string, interpreter: string | null = null): Program => ({ path: file, file, interpreter });
const busybox = (name: string): Program => ({
  path: `/usr/sbin/${name}`,
  file: "/bin/busybox",
  interpreter: null,
});

const ALPINE: ImageContents = {
  ...EMPTY,
  passwd: "root:x:0:0:root:/root:/bin/sh\nbin:x:1:1::/:\nshop:x:1000:1000::/home/shop:/sbin/nologin\n",
  group: "root:x:0:\nbin:x:1:\nshop:x:1000:\nping:x:999:\n",
  osRelease: 'NAME="Alpine Linux"\nID=alpine\nVERSION_ID=3.20.1\n',
  programs: {
    sh: busybox("sh"),
    busybox: at("/bin/busybox"),
    adduser: busybox("adduser"),
    addgroup: busybox("addgroup"),
    apk: at("/sbin/apk"),
  },
};

function profileOf(
  contents: ImageContents,
  config: Record<string, unknown> = {},
  reference = "registry.corp.example/team/base:1.2",
) {
  const digest = `sha256:${"a".repeat(64)}`;
  return profileFromInspection({
    reference,
    through: "registry",
    digest,
    config: readConfig({ os: "linux", config }),
    contents,
  });
}

function imageOf(...args: Parameters<typeof profileOf>) {
  const profile = profileOf(...args);
  valid(profile);
  expect(valid.errors ?? []).toEqual([]);
  // Kept and read again it says the same.
  expect(formProblem(JSON.parse(keptText(profile)))).toBeNull();
  expect(checkProfile(profile)).toEqual([]);
  return resolveImage(args[2] ?? "registry.corp.example/team/base:1.2", { extra: [profile] })!;
}

describe("profileFromInspection", () => {
  it("knows an Alpine", () => {
    const base = imageOf(ALPINE, {
      ExposedPorts: { "80/tcp": {}, "53/udp": {} },
      WorkingDir: "/srv",
      Cmd: ["serve"],
    });
    expect(base).toMatchObject({
      distro: "alpine",
      packageManager: "apk",
      shell: "/bin/sh",
      bash: false,
      userTools: { useradd: false, adduser: "busybox", addgroup: "busybox" },
      users: [{ name: "shop", uid: 1000, gid: 1000, group: "shop", home: "/home/shop" }],
      takenIds: { uids: [0, 1, 1000], gids: [0, 1, 999, 1000] },
      ports: [80],
      workdir: "/srv",
      cmd: ["serve"],
      strategy: "create-user",
      confidence: "source",
    });
    const account = { name: "app", group: "app", uid: 10001, gid: 10001, home: null, createHome: false };
    expect(accountStep(base, account)?.needs).toBe("busybox");
  });

  it.each<[string, Program | null, unknown]>([
    ["Perl's", at("/usr/sbin/adduser", "/usr/bin/perl"), "debian"],
    ["a link to useradd", { ...at("/usr/sbin/useradd"), path: "/usr/sbin/adduser" }, "shadow-symlink"],
    ["BusyBox's", busybox("adduser"), "busybox"],
    ["something else", at("/usr/sbin/adduser"), null],
    ["not there", null, false],
  ])("tells which adduser it is: %s", (_, adduser, kind) => {
    const programs = { sh: at("/bin/sh"), useradd: at("/usr/sbin/useradd"), adduser };
    expect(imageOf({ ...EMPTY, programs }).userTools.adduser).toBe(kind);
  });

  it("says nothing of what it did not look for to the end", () => {
    const base = imageOf({ ...EMPTY, complete: false, programs: { sh: at("/bin/sh") } });
    expect(base.userTools).toMatchObject({ useradd: null, adduser: null });
    expect(base).toMatchObject({ bash: null, packageManager: null, distro: null });
  });

  it.each<[string, Partial<ImageContents>, Record<string, unknown>]>([
    ["scratch", {}, { distro: "scratch", shell: false, strategy: "numeric-user", packageManager: "none" }],
    ["distroless", { osRelease: 'PRETTY_NAME="Distroless"\nID="debian"\n' }, { distro: "distroless-debian" }],
    ["a kin of RHEL", { osRelease: 'ID="mylinux"\nID_LIKE="rhel centos fedora"\n' }, { distro: "rhel" }],
    ["a stranger", { osRelease: "ID=void\n" }, { distro: null }],
    [
      "BusyBox alone",
      { programs: { sh: at("/bin/sh"), busybox: at("/bin/busybox") } },
      { distro: "busybox" },
    ],
    ["a shell elsewhere", { programs: { sh: at("/busybox/sh") } }, { shell: "/busybox/sh" }],
  ])("knows %s", (_, contents, facts) => {
    expect(imageOf({ ...EMPTY, ...contents })).toMatchObject(facts);
  });

  it("sees an image that is unprivileged already", () => {
    expect(imageOf(ALPINE, { User: "1000:1000" })).toMatchObject({
      strategy: "already-nonroot",
      user: { isRoot: false, numeric: true },
    });
    expect(imageOf(ALPINE, { User: "nobody-there" }).strategy).toBe("already-nonroot");
    expect(imageOf(ALPINE, { User: "bin" }).users.map(({ name }) => name)).toContain("bin");
    expect(imageOf(ALPINE, { User: "0:0" }).user.isRoot).toBe(true);
  });

  it("sees an entrypoint that steps down", () => {
    const config = { Entrypoint: ["/entry.sh"] };
    const entrypoint = (script: string) => imageOf({ ...ALPINE, entrypoint: script }, config).entrypoint;
    expect(entrypoint('#!/bin/sh\nexec su-exec shop "$@"\n')).toMatchObject({
      stepsDown: true,
      mechanism: "su-exec",
      target: "shop",
    });
    expect(entrypoint('#!/bin/sh\n# exec gosu shop\nexec "$@"\n')).toMatchObject({ stepsDown: false });
    expect(imageOf({ ...ALPINE, entrypoint: "#!/bin/sh\nexec gosu shop x\n" }, config).strategy).toBe(
      "keep-step-down",
    );
  });

  it("keeps no secrets", () => {
    const Env = ["PATH=/bin", "NPM_TOKEN=abc", "DB_PASSWORD=abc", "APP_MODE=prod"];
    expect(Object.keys(imageOf(ALPINE, { Env }).env)).toEqual(["PATH", "APP_MODE"]);
  });

  it("declines Windows", () => {
    const inspection = {
      reference: "corp/win:1",
      through: "registry",
      digest: "sha256:0",
      contents: EMPTY,
    } as const;
    const profile = profileFromInspection({ ...inspection, config: readConfig({ os: "windows" }) });
    expect(resolveImage("corp/win:1", { extra: [profile] })).toMatchObject({
      os: "windows",
      strategy: "skip",
    });
  });

  it("holds for the tag or the digest that was read, and no other", () => {
    const tagged = profileOf(ALPINE, {}, "localhost:5000/base:1.2");
    expect(resolveImage("localhost:5000/base:1.2", { extra: [tagged] })?.id).toBe(
      "inspected/localhost-5000/base-1.2",
    );
    expect(resolveImage("localhost:5000/base:1x2", { extra: [tagged] })).toBeNull();
    const [one, other] = ["a", "b"].map((digit) => `corp/base@sha256:${digit.repeat(64)}`);
    const pinned = profileOf(ALPINE, {}, one);
    expect(resolveImage(one!, { extra: [pinned] })).not.toBeNull();
    expect(resolveImage(other!, { extra: [pinned] })).toBeNull();
  });

  it("is not misled by hostile files", () => {
    const passwd =
      "root:x:0:0::/:\n$(reboot):x:1000:1000::/:/bin/sh\nshop:x:99999999999:1::/:/bin/sh\nx:y\n\n::::::\n";
    expect(imageOf({ ...ALPINE, passwd }).users).toEqual([]);
    expect(
      imageOf(ALPINE, { Env: [1, "=x", "A=b"], ExposedPorts: [], Cmd: [1], Volumes: "x", WorkingDir: "rel" }),
    ).toMatchObject({
      env: { A: "b" },
      ports: [],
      cmd: null,
      volumes: [],
      workdir: null,
    });
  });
});

describe("a base that is a public image and a little more", () => {
  const NGINX = {
    ...ALPINE,
    passwd: `${ALPINE.passwd!}nginx:x:101:101::/var/cache/nginx:/sbin/nologin\n`,
    group: `${ALPINE.group!}nginx:x:101:\n`,
  };
  const started = { Entrypoint: ["/docker-entrypoint.sh"], Cmd: ["nginx", "-g", "daemon off;"] };

  it("gives its account and what it writes", () => {
    const image = imageOf(NGINX, started);
    expect(image).toMatchObject({ serviceAccount: "nginx", strategy: "use-existing-user" });
    expect(image.confidence).toBe("knowledge");
    expect(image.writablePaths.map(({ path }) => path)).toContain("/var/cache/nginx");
    expect(image.portFiles).toEqual([]);
    expect(image.notes.join(" ")).toContain("starts what nginx starts");
  });

  it.each([
    ["another program", NGINX, { Entrypoint: ["/start"] }],
    ["no such account", ALPINE, started],
    ["another uid", { ...NGINX, passwd: `${ALPINE.passwd!}nginx:x:4242:4242::/:/sbin/nologin\n` }, started],
  ])("is none with %s", (_, contents, config) => {
    const image = imageOf(contents, config);
    expect(image).toMatchObject({ serviceAccount: null, strategy: "create-user", writablePaths: [] });
  });
});

describe("readExtraProfiles", () => {
  it.each([
    ["{", /no JSON/],
    ["null", /a profile must be object/],
    ['{"id":"x","match":{"names":["x"]}}', /a profile must have required property 'confidence'/],
    [
      '{"id":"x","match":{"names":["x"]},"from":"debian","confidence":"knowledge","facts":{"users":5}}',
      /"facts.users" must be array/,
    ],
    [
      '{"id":"x","match":{"names":["x"]},"from":"debian","confidence":"knowledge","facts":{"colour":5}}',
      /"facts" must not have "colour"/,
    ],
    [
      '{"id":"x","match":{"pattern":"^(a+)+$"},"from":"debian","confidence":"knowledge"}',
      /"match.pattern" is no regular expression, or one that could take long/,
    ],
    ['{"id":"x","match":{"names":["x"]},"confidence":"knowledge"}', /what the image is made from/],
    [
      '{"id":"x","match":{"names":["docker.io\\/library\\/x"]},"from":"debian","confidence":"knowledge"}',
      /never looked up/,
    ],
  ])("tells what is wrong with %s", async (text, message) => {
    const reading = readExtraProfiles([{ path: "p.json", text }]);
    await expect(reading).rejects.toThrow(message);
    await expect(reading).rejects.toBeInstanceOf(ProfileError);
  });

  it.each([
    ["^registry\\.corp\\.example/base/", true],
    ["^corp/(?:base|app)-[a-z]+$", true],
    ["^(\\d+)\\.(\\d+)", true],
    ["(a*)*", false],
    ["(?:x|y){2,}", false],
    ["a*a*a*a*b", false],
    ["(a)\\1", false],
    ["(", false],
  ])("takes the pattern %s: %s", (pattern, taken) => {
    expect(isTame(pattern)).toBe(taken);
  });

  it("reads what was kept", async () => {
    const profile = profileOf(ALPINE);
    const file = { path: keptPath(profile), text: keptText(profile) };
    await expect(readExtraProfiles([file])).resolves.toEqual([profile]);
  });

  it("keeps them where they are found", () => {
    expect(keptPath(profileOf(ALPINE))).toBe(".deroot/images/registry.corp.example-team-base-1.2.json");
  });
});
