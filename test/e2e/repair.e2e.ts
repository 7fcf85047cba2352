/** Projects that hide what they need from every reader of files: a run shows it, and the rewrite is mended with it. */
import { expect, it } from "vitest";
import { repair, type Verification } from "../../src/verify/index.ts";
import { withEngine } from "./support/engine.ts";
import { told, verifyFolder } from "./support/examples.ts";
import { pythonServer, withProject } from "./support/project.ts";

/** A name that stands nowhere as it is. */
const hidden = (path: string): string => `bytes.fromhex("${Buffer.from(path).toString("hex")}").decode()`;

function python(code: string, more = ""): Record<string, string> {
  return {
    Dockerfile: `FROM python:3.12-slim\nCOPY app.py /usr/lib/app/app.py\n${more}EXPOSE 8000\nCMD ["python", "/usr/lib/app/app.py"]\n`,
    "app.py": pythonServer(8000, code),
  };
}

const CASES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "a file in a directory that the Dockerfile makes in /usr/lib": python(
    `open(${hidden("/usr/lib/app-state/db")}, "a").write("x")`,
    "RUN mkdir /usr/lib/app-state\n",
  ),
  "a directory made at run time": python(
    `os.makedirs(${hidden("/var/lib/counter/deep")}, exist_ok=True)\nopen(${hidden("/var/lib/counter/deep/n")}, "a").write("1")`,
  ),
  "a file of the system": python(`open(${hidden("/etc/motd")}, "a").write("x")`),
  "a failure that is swallowed": python(
    `try:\n    open(${hidden("/var/cache/app-cache")}, "a").write("x")\nexcept OSError:\n    pass`,
  ),
};

async function repaired(
  files: Readonly<Record<string, string>>,
  engine: Parameters<typeof verifyFolder>[0],
): Promise<Verification> {
  return withProject(files, (folder) => verifyFolder(engine, folder, "Dockerfile", {}, repair));
}

withEngine(
  "repair mends",
  (engine) => {
    it.each(Object.entries(CASES))("%s", async (_, files) => {
      const verification = await repaired(files, engine);
      expect(told(verification)).toBe("same");
      expect(verification.repair?.rounds.length).toBeGreaterThan(0);
      const patch = verification.rewrite.files.map((file) => file.diff).join("");
      expect(patch).not.toMatch(
        /chmod.*777|chown[^\n]* (?:\/etc|\/var|\/usr|\/var\/lib|\/usr\/lib)(?:\s|$)/m,
      );
    });
  },
  { concurrent: true },
);

withEngine(
  "repair gives up, and says why,",
  (engine) => {
    it("where a directory of the system would have to be handed over", async () => {
      const { verdict, repair: outcome } = await repaired(
        python(
          `os.rename(${hidden("/etc/motd")}, ${hidden("/etc/motd.old")})\nopen(${hidden("/etc/motd")}, "w").close()`,
        ),
        engine,
      );
      expect(verdict).toBe("different");
      expect(outcome?.obstacles.length).toBeGreaterThan(0);
      expect(outcome?.rounds.length).toBeLessThanOrEqual(5);
    });
  },
  { concurrent: true },
);
