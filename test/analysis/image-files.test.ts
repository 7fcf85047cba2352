import { describe, expect, it } from "vitest";
import { type FilesOptions, ImageFiles, bitsOf, modelImage } from "../../src/analysis/index.ts";
import { readDockerfile } from "../../src/dockerfile/index.ts";

const APP = { name: "app", uid: 1000, group: "app", gid: 1000 };

function files(lines: readonly string[], options: FilesOptions = {}, from = "node:20-slim"): ImageFiles {
  return new ImageFiles(modelImage(readDockerfile(`FROM ${from}\n${lines.join("\n")}\n`)), options);
}

/** `1000:1000 755 RUN`, with `?` for what is not known. */
function said(model: ImageFiles, path: string): string {
  const { exists, user, group, mode, by } = model.at(path);
  if (exists === "no") return "absent";
  const bits = bitsOf(mode)?.toString(8) ?? "?";
  return `${exists === "maybe" ? "maybe " : ""}${user ?? "?"}:${group ?? "?"} ${bits} ${by ?? "?"}`;
}

describe("what the steps make", () => {
  it.each([
    [["WORKDIR /app/sub"], "/app", "0:0 755 WORKDIR"],
    [["COPY . /srv/x/"], "/srv/x", "0:0 755 COPY"],
    [["COPY . /srv/x/"], "/srv/x/file", "maybe 0:0 ? COPY"],
    [["COPY --chown=node a b /srv/x/"], "/srv/x/a", "maybe 1000:1000 ? COPY"],
    [["COPY --chown=node:www-data a /new/x"], "/new", "1000:33 755 COPY"],
    [["ADD https://example.org/tool /usr/local/bin/tool"], "/usr/local/bin/tool", "0:0 600 ADD"],
    [["ADD src.tar.gz /srv/x/"], "/srv/x/in", "maybe ?:? ? ADD"],
    [["RUN mkdir -m 750 /data && chown 1:2 /data"], "/data", "1:2 750 RUN"],
    [["RUN umask 077 && touch /key"], "/key", "0:0 600 RUN"],
    [["RUN (umask 077 && touch /key) && touch /open"], "/open", "0:0 644 RUN"],
    [["RUN test -f /x && umask 077; touch /key"], "/key", "0:0 ? RUN"],
    [["RUN test -d /x || mkdir /data"], "/data", "maybe 0:0 755 RUN"],
    [["RUN mkdir /data; [ -n $A ] && chown node /data; true"], "/data", "?:0 755 RUN"],
    [["RUN mkdir /data && rm -rf /data"], "/data", "absent"],
    [["RUN npm ci"], "/nowhere", "maybe 0:0 ? RUN"],
    [["VOLUME /data"], "/data", "0:0 755 VOLUME"],
  ])("%j: %s is %s", (lines, path, expected) => {
    expect(said(files(lines), path)).toBe(expected);
  });

  it("a program that nobody knows may have made what it names", () => {
    const model = files(["WORKDIR /app", "RUN make install DESTDIR=/app"]);
    expect(said(model, "/app/bin")).toMatch(/^maybe 0:/);
  });
});

describe("where builders differ", () => {
  it.each([
    ["buildkit", "/app", "1000:1000 755 WORKDIR"],
    ["classic", "/app", "0:0 755 WORKDIR"],
    ["any", "/app", "?:? 755 WORKDIR"],
    ["buildkit", "/data", "1000:1000 755 RUN"],
    ["classic", "/data", "0:0 755 RUN"],
    ["any", "/data", "?:? 755 RUN"],
  ] as const)("%s: %s is %s", (builder, path, expected) => {
    const lines = [
      "RUN mkdir /data",
      "VOLUME /data",
      "RUN chown node:node /data",
      "USER node",
      "WORKDIR /app",
    ];
    expect(said(files(lines, { builder }), path)).toBe(expected);
  });
});

describe("what the base brings", () => {
  it("its account's home is the account's; nothing stands where nobody made anything", () => {
    const model = files([]);
    expect(said(model, "/home/node")).toBe("1000:1000 ? base");
    expect(said(model, "/app")).toBe("absent");
    expect(said(model, "/tmp")).toBe("0:0 1777 base");
  });

  it("of an image that nobody knows nothing is said", () => {
    expect(said(files([], {}, "corp.example/base:1"), "/app")).toBe("maybe ?:? ? base");
    expect(said(files(["RUN mkdir -p /app"], {}, "corp.example/base:1"), "/app")).toBe("?:? ? ?");
  });
});

describe("what an account may do", () => {
  const able = (lines: readonly string[], path: string, options: FilesOptions = {}) => {
    const { read, write, execute, closed } = files(lines, options).access(path, APP);
    const word = (allowed: boolean | null) => (allowed === null ? "?" : allowed ? "yes" : "no");
    return `read ${word(read)}, write ${word(write)}, execute ${word(execute)}${closed === null ? "" : `, closed at ${closed}`}`;
  };

  it.each([
    [["RUN mkdir /data"], "/data", "read yes, write no, execute yes"],
    [["RUN mkdir /data && chmod 1777 /data"], "/data", "read yes, write yes, execute yes"],
    [["RUN mkdir /data && chgrp 1000 /data && chmod 775 /data"], "/data", "read yes, write yes, execute yes"],
    [["RUN mkdir /data && chown 1000 /data && chmod 077 /data"], "/data", "read no, write no, execute no"],
    [["RUN umask 077 && touch /key"], "/key", "read no, write no, execute no"],
    [["COPY run.sh /run.sh"], "/run.sh", "read ?, write ?, execute ?"],
    [["COPY run.sh /run.sh", "RUN chmod +x /run.sh"], "/run.sh", "read ?, write ?, execute yes"],
    [["COPY run.sh /run.sh", "RUN chmod u+x,go=rX /run.sh"], "/run.sh", "read yes, write no, execute yes"],
    [
      ["RUN mkdir -p /root/app && chmod 755 /root/app"],
      "/root/app",
      "read no, write no, execute no, closed at /root",
    ],
    [["RUN mkdir -p /root/app && chmod 711 /root"], "/root/app", "read yes, write no, execute yes"],
    [["RUN mkdir -p /a/b && chmod 700 /a && chown 1000 /a"], "/a/b", "read yes, write no, execute yes"],
    [["RUN mkdir -p /real && ln -s /real /on && chmod 777 /real"], "/on", "read yes, write yes, execute yes"],
  ])("%j: %s", (lines, path, expected) => {
    expect(able(lines, path)).toBe(expected);
  });

  it("asks the build context for the x bit", () => {
    const source = (path: string) => (path === "run.sh" ? ("file" as const) : null);
    expect(able(["COPY run.sh /app/"], "/app/run.sh", { source })).toBe("read ?, write ?, execute no");
  });
});

it("costs the same for each step, however many paths are named", () => {
  const lines = Array.from(
    { length: 3000 },
    (_, n) => `RUN mkdir -p /data/d${n} && chown -R node /data/d${n}`,
  );
  const model = files([...lines, "RUN chmod -R g=u /data"]);
  expect(said(model, "/data/d1")).toMatch(/^1000:0 775 RUN/);
  expect(said(model, "/data/d2999")).toMatch(/^maybe/);
});
