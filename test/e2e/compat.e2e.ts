/** What the engine says of nasty Dockerfiles is what is recorded of it. RECORD=1 records it. */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { expect, it } from "vitest";
import { type EngineAnswer, findEngine } from "../compat/engine.ts";
import { withEngine } from "./support/engine.ts";

const CASES = new URL("../compat/cases/", import.meta.url);
const ANSWERS = new URL("../compat/answers.json", import.meta.url);
const answers = JSON.parse(readFileSync(ANSWERS, "utf8")) as Record<string, { engine?: EngineAnswer }>;
const names = readdirSync(CASES)
  .filter((name) => name.endsWith(".Dockerfile"))
  .map((name) => name.slice(0, -".Dockerfile".length));
const pathOf = (name: string) => new URL(`${name}.Dockerfile`, CASES);

withEngine("nasty Dockerfiles", () => {
  it("are answered as recorded", async () => {
    const engine = await findEngine(pathOf("heredoc").pathname);
    // Where another frontend is named, the engine would first have to fetch it.
    const asked = names.filter((name) => !/syntax=/.test(readFileSync(pathOf(name), "latin1")));
    const heard = await engine!.askAll(asked.map((name) => pathOf(name).pathname));
    // One that is busy with other work may leave a question unanswered.
    const answered = asked.map((name, index) => [name, heard[index]] as const).filter(([, answer]) => answer);
    if (process.env["RECORD"]) {
      const now = new Map(answered);
      const lines = names.map((name) => {
        const { engine: before, ...answer } = answers[name]!;
        return `${JSON.stringify(name)}: ${JSON.stringify({ ...answer, engine: now.get(name) ?? before })}`;
      });
      writeFileSync(ANSWERS, `{\n${lines.join(",\n")}\n}\n`);
      return;
    }
    expect(answered.length).toBeGreaterThan(names.length / 2);
    const recorded = answered.map(([name]) => [name, answers[name]!.engine]);
    expect(Object.fromEntries(answered)).toEqual(Object.fromEntries(recorded));
  });
});
