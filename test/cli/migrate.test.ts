import { execFileSync, spawn } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { deroot, DEROOT, filesIn, project, read, ROOT_DOCKERFILE, write } from "./helper.ts";

const GIT_ENV = { ...process.env, GIT_CEILING_DIRECTORIES: "/tmp" };

describe("deroot migrate", () => {
  it("prints a patch that git applies, and the summary beside it", async () => {
    const folder = project({
      Dockerfile: ROOT_DOCKERFILE,
      "web/Dockerfile": ROOT_DOCKERFILE.replaceAll("\n", "\r\n"),
    });
    const { code, stdout, stderr } = await deroot(folder, []);
    expect(code).toBe(0);
    expect(stderr).toMatch(/^rewritten {2}Dockerfile +as node \(1000\)/m);
    expect(stderr).toMatch(/^2 Dockerfiles: 2 rewritten$/m);
    expect(read(folder, "Dockerfile")).toBe(ROOT_DOCKERFILE);
    execFileSync("git", ["apply", "-"], { cwd: folder, input: stdout, env: GIT_ENV });
    expect(read(folder, "Dockerfile")).toContain("\nUSER 1000\n");
    expect(read(folder, "web/Dockerfile")).toContain("\r\nUSER 1000\r\n");
    const again = await deroot(folder, []);
    expect(again.stdout).toBe("");
    expect(again.stderr).toContain("2 Dockerfiles: 2 unchanged");
  });

  it("takes two Dockerfiles that share a compose file as one patch", async () => {
    const nginx = "FROM nginx:1.25\nCOPY html /usr/share/nginx/html\nEXPOSE 80\n";
    const compose =
      'services:\n  a:\n    build: ./a\n    ports:\n      - "81:80"\n  b:\n    build: ./b\n    ports:\n      - "82:80"\n';
    const files = {
      "a/Dockerfile": nginx,
      "b/Dockerfile": nginx,
      "a/html/x": "",
      "b/html/x": "",
      "compose.yaml": compose,
    };
    const folder = project(files);
    const { stdout } = await deroot(folder, []);
    execFileSync("git", ["apply", "-"], { cwd: folder, input: stdout, env: GIT_ENV });
    const written = project(files);
    await deroot(written, ["--write"]);
    for (const path of Object.keys(files)) expect(read(folder, path)).toBe(read(written, path));
    expect(read(folder, "compose.yaml")).toBe(
      compose.replace("81:80", "81:8080").replace("82:80", "82:8080"),
    );
  });

  it("takes capabilities away in compose files when told to harden", async () => {
    const compose = "services:\n  app:\n    build: .\n";
    const folder = project({ Dockerfile: ROOT_DOCKERFILE, "compose.yaml": compose });
    expect((await deroot(folder, [])).stdout).not.toContain("compose.yaml");
    await deroot(folder, ["--harden", "--write"]);
    expect(read(folder, "compose.yaml")).toBe(
      `${compose}    cap_drop: [ALL]\n    security_opt: [no-new-privileges:true]\n`,
    );
  });

  it("writes in place and keeps the mode", async () => {
    const folder = project({ Dockerfile: ROOT_DOCKERFILE });
    chmodSync(join(folder, "Dockerfile"), 0o640);
    const { code, stdout, stderr } = await deroot(folder, ["--write"]);
    expect(code).toBe(0);
    expect(stdout).toBe("");
    expect(stderr).toContain("Written.");
    expect(read(folder, "Dockerfile")).toContain("\nUSER 1000\n");
    expect(statSync(join(folder, "Dockerfile")).mode & 0o777).toBe(0o640);
    expect(filesIn(folder)).toEqual(["Dockerfile"]);
  });

  it("writes copies, a patch and a page where it is told to", async () => {
    const folder = project({ "web/Dockerfile": ROOT_DOCKERFILE });
    await deroot(folder, ["--out-dir", "out", "web"]);
    expect(read(folder, "out/web/Dockerfile")).toContain("USER 1000");
    expect(read(folder, "web/Dockerfile")).toBe(ROOT_DOCKERFILE);
    const { stdout } = await deroot(folder, ["--patch", "new/deroot.patch", "--html", "report.html", "web"]);
    expect(stdout).toBe("");
    expect(read(folder, "new/deroot.patch")).toBe((await deroot(folder, ["web"])).stdout);
    expect(read(folder, "report.html")).toMatch(/^<!doctype html>/);
    expect(filesIn(folder)).toEqual([
      "new/deroot.patch",
      "out/web/Dockerfile",
      "report.html",
      "web/Dockerfile",
    ]);
  });

  it("prints JSON alone on standard output", async () => {
    const folder = project({ Dockerfile: ROOT_DOCKERFILE });
    const report = JSON.parse((await deroot(folder, ["--json"])).stdout) as {
      schema: number;
      totals: object;
    };
    expect(report).toMatchObject({
      schema: 1,
      totals: { rewritten: 1, unchanged: 0, declined: 0, failed: 0 },
    });
    expect((await deroot(folder, ["--json"])).stdout).toBe((await deroot(folder, ["--json"])).stdout);
  });

  it("reads one Dockerfile from standard input", async () => {
    const folder = project({ Dockerfile: "FROM scratch\n" });
    const { code, stdout } = await deroot(folder, ["--stdin", "api/Dockerfile"], { input: ROOT_DOCKERFILE });
    expect(code).toBe(0);
    expect(stdout).toContain("+++ b/api/Dockerfile\n");
    expect((await deroot(folder, ["--stdin", "--write"], { input: ROOT_DOCKERFILE })).code).toBe(2);
  });

  it("works on a folder elsewhere, and says where the patch applies", async () => {
    const here = project();
    const there = project({ Dockerfile: ROOT_DOCKERFILE });
    const { stdout, stderr } = await deroot(here, [there]);
    const away = `../${there.split("/").at(-1)}`;
    expect(stderr).toContain(`${away}/Dockerfile`);
    expect(stderr).toContain(`git -C ${away} apply`);
    execFileSync("git", ["-C", there, "apply", "-"], { input: stdout, env: GIT_ENV });
    expect(read(there, "Dockerfile")).toContain("USER 1000");
  });

  it("does all other files when some are bad", async () => {
    const folder = project({
      "a/Dockerfile": ROOT_DOCKERFILE,
      "b/Dockerfile": new Uint8Array([0x7f, 0x45, 0x4c, 0x46, 0, 0, 1, 0xff, 0xfe]),
      "c/Dockerfile": ROOT_DOCKERFILE,
      "d/Dockerfile.j2": ROOT_DOCKERFILE,
    });
    const { code, stderr } = await deroot(folder, ["--write", ".", "missing/Dockerfile"]);
    expect(code).toBe(3);
    expect(stderr).toMatch(/^failed +b\/Dockerfile/m);
    expect(stderr).toContain("error: missing/Dockerfile: no such file or folder");
    expect(stderr).toContain("d/Dockerfile.j2");
    expect(read(folder, "a/Dockerfile")).toContain("USER 1000");
    expect(read(folder, "c/Dockerfile")).toContain("USER 1000");
    expect(read(folder, "d/Dockerfile.j2")).toBe(ROOT_DOCKERFILE);
  });

  it.runIf(process.getuid?.() === 0)(
    "names files that cannot be read or written, and does the others",
    async () => {
      const folder = project({
        "a/Dockerfile": ROOT_DOCKERFILE,
        "b/Dockerfile": ROOT_DOCKERFILE,
        "c/Dockerfile": ROOT_DOCKERFILE,
      });
      chmodSync(join(folder, "a/Dockerfile"), 0o600);
      for (const path of ["", "b", "c"]) chmodSync(join(folder, path), 0o777);
      chmodSync(join(folder, "b/Dockerfile"), 0o444);
      chmodSync(join(folder, "c/Dockerfile"), 0o666);
      const { code, stderr } = await deroot(folder, ["--write"], { uid: 65534, gid: 65534 });
      expect(code).toBe(3);
      expect(stderr).toMatch(/^failed +a\/Dockerfile\s+permission denied/m);
      expect(stderr).toMatch(/^failed +b\/Dockerfile\s+b\/Dockerfile: it cannot be written/m);
      expect(read(folder, "b/Dockerfile")).toBe(ROOT_DOCKERFILE);
      expect(read(folder, "c/Dockerfile")).toContain("USER 1000");
      expect(filesIn(folder)).toHaveLength(3);
    },
  );

  it("follows a link inside the folder and refuses one that leads outside", async () => {
    const outside = project({ Dockerfile: ROOT_DOCKERFILE });
    const folder = project({ "docker/app.Dockerfile": ROOT_DOCKERFILE });
    symlinkSync("docker/app.Dockerfile", join(folder, "Dockerfile"));
    mkdirSync(join(folder, "out"));
    symlinkSync(join(outside, "Dockerfile"), join(folder, "out/Dockerfile"));
    symlinkSync("nowhere", join(folder, "Dockerfile.gone"));
    symlinkSync(outside, join(folder, "linked"));
    const { code, stderr } = await deroot(folder, ["--write"]);
    expect(code).toBe(3);
    expect(stderr).toMatch(/^failed +out\/Dockerfile\s+it leads outside/m);
    expect(stderr).toMatch(/^failed +Dockerfile\.gone\s+no such file/m);
    expect(stderr).toContain("3 Dockerfiles: 1 rewritten, 2 failed");
    expect(read(outside, "Dockerfile")).toBe(ROOT_DOCKERFILE);
    expect(read(folder, "docker/app.Dockerfile")).toContain("USER 1000");
    expect(readFileSync(join(folder, "Dockerfile"), "utf8")).toContain("USER 1000");
  });

  it("does not go where git does not go", async () => {
    const folder = project({
      ".gitignore": "build/\ndeps/\n",
      "build/Dockerfile": ROOT_DOCKERFILE,
      "deps/Dockerfile": ROOT_DOCKERFILE,
      "node_modules/x/Dockerfile": ROOT_DOCKERFILE,
      "docs/Dockerfile.md": "# Dockerfile\n",
      "app/Dockerfile": ROOT_DOCKERFILE,
    });
    const git = (...args: string[]): Buffer => execFileSync("git", args, { cwd: folder });
    git("init", "-q");
    git("add", "-f", "build/Dockerfile");
    const { stderr } = await deroot(folder, ["check"]);
    expect(stderr).toBe("");
    const { stdout } = await deroot(folder, ["check"]);
    expect(stdout).toContain("app/Dockerfile");
    expect(stdout).toContain("build/Dockerfile");
    expect(stdout).toContain("2 Dockerfiles");
    expect((await deroot(folder, ["check", "deps", "node_modules/x/Dockerfile"])).stdout).toContain(
      "2 Dockerfiles",
    );
  });

  it("stops quietly when nobody reads on", async () => {
    const files = Object.fromEntries(
      Array.from({ length: 60 }, (_, i) => [`d${i}/Dockerfile`, ROOT_DOCKERFILE]),
    );
    const folder = project(files);
    const child = spawn("sh", ["-c", `"${process.execPath}" "${DEROOT}" | head -n 1`], { cwd: folder });
    let stderr = "";
    let stdout = "";
    child.stderr.on("data", (chunk) => (stderr += String(chunk)));
    child.stdout.on("data", (chunk) => (stdout += String(chunk)));
    await new Promise((done) => child.on("close", done));
    expect(stdout).toBe("diff --git a/d0/Dockerfile b/d0/Dockerfile\n");
    expect(stderr).not.toMatch(/EPIPE|Error/);
  });

  it("survives being killed at any moment", { timeout: 120_000 }, async () => {
    const files = Object.fromEntries(
      Array.from({ length: 40 }, (_, i) => [`d${i}/Dockerfile`, ROOT_DOCKERFILE]),
    );
    const finished = project({ Dockerfile: ROOT_DOCKERFILE });
    await deroot(finished, ["--write"]);
    const after = read(finished, "Dockerfile");
    for (let attempt = 0; attempt < 6; attempt++) {
      const folder = project(files);
      const child = spawn(process.execPath, [DEROOT, "--write"], { cwd: folder, stdio: "ignore" });
      const ended = new Promise((done) => child.on("close", done));
      // Somewhere in the middle of the writing, as near as one can see from here.
      while (read(folder, "d0/Dockerfile") === ROOT_DOCKERFILE && child.exitCode === null) {
        await new Promise((done) => setImmediate(done));
      }
      await new Promise((done) => setTimeout(done, Math.random() * 40));
      child.kill("SIGKILL");
      await ended;
      for (const path of Object.keys(files)) expect([ROOT_DOCKERFILE, after]).toContain(read(folder, path));
      write(folder, { ".deroot-tmp-4194305-0123456789ab": "half" });
      expect((await deroot(folder, ["--write"])).code).toBe(0);
      for (const path of Object.keys(files)) expect(read(folder, path)).toBe(after);
      expect(filesIn(folder)).toEqual(Object.keys(files).sort());
    }
  });

  it("leaves no half report when it is interrupted", async () => {
    const files = Object.fromEntries(
      Array.from({ length: 200 }, (_, i) => [`d${i}/Dockerfile`, ROOT_DOCKERFILE]),
    );
    const folder = project(files);
    const child = spawn(process.execPath, [DEROOT, "--patch", "out/deroot.patch"], {
      cwd: folder,
      stdio: "ignore",
    });
    const ended = new Promise((done) => child.on("close", (_, signal) => done(signal)));
    while (!existsSync(join(folder, "out"))) await new Promise((done) => setTimeout(done, 1));
    child.kill("SIGINT");
    expect(await ended).toBe("SIGINT");
    expect(filesIn(join(folder, "out"))).toEqual([]);
  });
});
