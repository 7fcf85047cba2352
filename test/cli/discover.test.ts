import { describe, expect, it } from "vitest";
import { discover, isVendored } from "../../src/file-tree/discover.ts";
import { memoryTree } from "../../src/file-tree/memory.ts";
import { Overlay } from "../../src/file-tree/overlay.ts";

const entry = (path: string): { path: string; mode: "file" } => ({ path, mode: "file" });

describe("discover", () => {
  it.each([
    "Dockerfile",
    "a/b/dockerfile",
    "DOCKERFILE",
    "Dockerfile.prod",
    "Dockerfile.go",
    "Dockerfile-alpine",
    "Dockerfile_dev",
    "api.Dockerfile",
    "api.dockerfile",
    "Containerfile",
    "Containerfile.dev",
    "x.containerfile",
  ])("finds %s", (path) => {
    expect(discover([entry(path)]).dockerfiles).toHaveLength(1);
  });

  it.each(["Dockerfile.j2", "Dockerfile.tmpl", "api.Dockerfile.erb", "Dockerfile.template"])(
    "sets %s aside",
    (path) => {
      expect(discover([entry(path)])).toMatchObject({ dockerfiles: [], templates: [{ path }] });
    },
  );

  it.each([
    "Dockerfile.md",
    "Dockerfile.dockerignore",
    "Dockerfile.bak",
    "Dockerfile~",
    "dockerfile.go",
    "dockerfile_parser.py",
    "dockerfile-utils.ts",
    "Dockerfiles",
    "MyDockerfile",
    "Dockerfile/README",
    ".Dockerfile",
  ])("leaves %s alone", (path) => {
    expect(discover([entry(path)])).toEqual({ dockerfiles: [], templates: [] });
  });
});

describe("isVendored", () => {
  it.each([
    "vendor/github.com/acme/lib/Dockerfile",
    "src/vendor/acme/lib/docker/Dockerfile",
    "node_modules/a/Dockerfile",
  ])("%s is somebody else's", (path) => {
    expect(isVendored(path)).toBe(true);
  });

  it.each(["services/vendor/Dockerfile", "services/vendor/docker/Dockerfile", "vendored/a/b/Dockerfile"])(
    "%s is one's own",
    (path) => {
      expect(isVendored(path)).toBe(false);
    },
  );
});

describe("Overlay", () => {
  it("shows changes, new files and modes over the tree below", async () => {
    const overlay = new Overlay(memoryTree({ Dockerfile: "FROM a\n", "run.sh": "x" }));
    const before = overlay.tree;
    overlay.put([{ path: "run.sh", after: "y", mode: "100755" }], "Dockerfile");
    overlay.put([{ path: "new", after: "z", mode: null }], "Dockerfile");
    expect(overlay.tree).not.toBe(before);
    expect((await overlay.tree.list()).map(({ path, mode }) => [path, mode])).toEqual([
      ["Dockerfile", "file"],
      ["new", "file"],
      ["run.sh", "executable"],
    ]);
    expect(new TextDecoder().decode(await overlay.tree.read("run.sh"))).toBe("y");
    expect(new TextDecoder().decode(await overlay.tree.read("Dockerfile"))).toBe("FROM a\n");
  });
});
