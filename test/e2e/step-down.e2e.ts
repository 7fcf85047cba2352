/** `--strategy entrypoint`: the image hands over what is mounted, whoever owns it, and runs the app as the account. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { diskTree } from "../../src/file-tree/disk.ts";
import { rewrite } from "../../src/rewrite/index.ts";
import type { Engine } from "../../src/verify/index.ts";
import { withEngine } from "./support/engine.ts";
import { examples, told, verifyExample } from "./support/examples.ts";

const BASES = [
  "debian:bookworm-slim",
  "alpine:3.19",
  "ubuntu:24.04",
  "registry.access.redhat.com/ubi9/ubi-minimal",
];
const account = "10001:10001";
const home = "/home/app";

const DOCKERFILE = (base: string): string => `FROM ${base}
WORKDIR /srv/app
COPY app.sh .
VOLUME /data
ENTRYPOINT ["/usr/bin/env"]
CMD ["sh", "app.sh"]
`;

/** It writes into its volume, opens its standard output by name, and ends when it is told to. */
const APP = `umask
id -u; id -g; id -G
echo "$HOME"
trap 'echo told to end; exit 7' TERM
echo written > /data/file && ls -ln /data | awk '/file/ { print $1, $3 ":" $4 }'
for each in /srv/one /srv/two; do if [ -w "$each" ]; then echo "$each"; fi; done
echo by name > /dev/stdout
sleep 60 & wait
`;

withEngine("an entrypoint that steps down", (engine) => {
  describe.each(BASES)("on %s", (base) => {
    const image = `deroot-step-down-${process.pid}-${base.replace(/\W+/g, "-")}`;
    const volume = `${image}-data`;

    beforeAll(async () => {
      const folder = mkdtempSync(join(tmpdir(), "deroot-step-down-"));
      try {
        writeFileSync(join(folder, "Dockerfile"), DOCKERFILE(base));
        writeFileSync(join(folder, "app.sh"), APP);
        const options = { strategy: "entrypoint", umask: "002" } as const;
        const { files, status } = await rewrite(diskTree(folder), "Dockerfile", options);
        expect(status).toBe("rewritten");
        for (const file of files) {
          const mode = file.mode === null ? 0o644 : 0o755;
          writeFileSync(join(folder, file.path), file.after, { mode });
        }
        await engine.build(["build", "--network", "host", "--tag", image, folder]);
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    });

    afterAll(async () => {
      await engine.call(["volume", "rm", "--force", volume]);
      await engine.call(["image", "rm", "--force", image]);
    });

    /** A volume that somebody filled, with nothing open to others. */
    const owned = (owner: string): Promise<string> =>
      engine.text([
        ...["run", "--rm", "--user", "0", "--volume", `${volume}:/data`, "--entrypoint", "sh", image, "-c"],
        `touch /data/older && chown -R ${owner} /data && chmod 700 /data`,
      ]);

    it("starts without a mount", async () => {
      expect(await run(engine, image, [])).toEqual(ranAs(account, home));
    });

    it("hands over a mount of another owner", async () => {
      await owned("4242:4242");
      expect(await run(engine, image, ["--volume", `${volume}:/data`])).toEqual(ranAs(account, home));
    });

    it("takes the ids and more directories from the environment", async () => {
      await owned("0:0");
      const env = ["UID=1234", "GID=55", "WRITABLE_DIRS=/srv/one:/srv/two"].flatMap((each) => [
        "--env",
        each,
      ]);
      const { output, exitCode } = ranAs("1234:55", home);
      expect(await run(engine, image, ["--volume", `${volume}:/data`, ...env])).toEqual({
        output: [...output.slice(0, -2), "/srv/one", "/srv/two", ...output.slice(-2)],
        exitCode,
      });
    });

    it("needs five capabilities, and no new privileges", async () => {
      await owned("4242:4242");
      const needed = ["CHOWN", "DAC_OVERRIDE", "FOWNER", "SETGID", "SETUID"].flatMap((each) => [
        "--cap-add",
        each,
      ]);
      const strict = ["--cap-drop", "ALL", ...needed, "--security-opt", "no-new-privileges"];
      expect(await run(engine, image, ["--volume", `${volume}:/data`, ...strict])).toEqual(
        ranAs(account, home),
      );
    });

    it("only starts the app where somebody else is asked for", async () => {
      await owned("777:777");
      const options = ["--volume", `${volume}:/data`, "--user", "777:777", "--cap-drop", "ALL"];
      expect(await run(engine, image, options)).toEqual(ranAs("777:777", "/"));
    });
  });

  it.each(["express-uploads", "python-logs"])("makes the same of %s", async (name) => {
    const example = examples.find((each) => each.name === name)!;
    const verification = await verifyExample(engine, example, { rewrite: { strategy: "entrypoint" } });
    expect(told(verification)).toBe("same");
  });
});

interface Ran {
  readonly output: readonly string[];
  readonly exitCode: number;
}

function ranAs(owner: string, home: string): Ran {
  const [uid, gid] = owner.split(":");
  return {
    output: ["0002", uid!, gid!, gid!, home, `-rw-rw-r-- ${owner}`, "by name", "told to end"],
    exitCode: 7,
  };
}

/** Starts it, waits for its last word, and tells it to end. */
async function run(engine: Engine, image: string, options: readonly string[]): Promise<Ran> {
  const id = (await engine.text(["create", ...options, image])).trim();
  try {
    await engine.text(["start", id]);
    for (let wait = 0; wait < 100 && !(await logs(engine, id)).includes("by name"); wait++)
      await new Promise((resolve) => setTimeout(resolve, 100));
    await engine.text(["stop", "--time", "20", id]);
    const exitCode = Number(await engine.text(["inspect", "--format", "{{.State.ExitCode}}", id]));
    return { output: (await logs(engine, id)).trim().split("\n"), exitCode };
  } finally {
    await engine.call(["rm", "--force", "--volumes", id]);
  }
}

async function logs(engine: Engine, id: string): Promise<string> {
  const { stdout, stderr } = await engine.call(["logs", id]);
  return `${stdout.toString()}${stderr.toString()}`;
}
