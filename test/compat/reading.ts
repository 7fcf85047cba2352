import { type Dockerfile, envPairs, type Instruction } from "../../src/dockerfile/index.ts";

/** A reading as plain data, in the terms of BuildKit's parser: what two readers can be compared by. */
export interface Reading {
  escape: string;
  /** Name (empty for none) and base of each stage. */
  stages: [string, string][];
  instructions: InstructionReading[];
}

export interface InstructionReading {
  keyword: string;
  /** First and last line, 1-based. */
  lines?: [number, number];
  flags?: string[];
  /** ENV and LABEL: name, value and separator in turn. */
  arguments?: string[];
  json?: true;
  heredocs?: { name: string; expand: boolean; chomp: boolean; content: string }[];
  trigger?: InstructionReading;
}

export function readingOf(file: Dockerfile): Reading {
  return {
    escape: file.escape,
    stages: file.stages.map(({ name, image }) => [name ?? "", image.raw]),
    instructions: file.instructions.map((instruction) => ({
      ...instructionReading(instruction, file.text),
      lines: [instruction.line, instruction.endLine],
    })),
  };
}

function instructionReading(instruction: Instruction, text: string): InstructionReading {
  const { keyword, flags, json, heredocs, trigger } = instruction;
  const reading: InstructionReading = { keyword };
  if (flags.length > 0)
    reading.flags = flags.map(({ name, value }) => (value === null ? `--${name}` : `--${name}=${value}`));
  const words = argumentsOf(instruction);
  if (words.length > 0) reading.arguments = words;
  if (json) reading.json = true;
  if (heredocs.length > 0)
    reading.heredocs = heredocs.map(({ delimiter, quoted, stripTabs, body }) => ({
      name: delimiter,
      expand: !quoted,
      chomp: stripTabs,
      content: text.slice(body.start, body.end),
    }));
  if (trigger) {
    reading.trigger = instructionReading(trigger, text);
    delete reading.trigger.heredocs;
  }
  return reading;
}

function argumentsOf(instruction: Instruction): string[] {
  const { keyword, words, json } = instruction;
  if (keyword === "ENV" || keyword === "LABEL") {
    const separator = words[0]?.raw.includes("=") ? "=" : "";
    return envPairs(instruction).flatMap(({ name, value }) => [name, value ?? "", separator]);
  }
  return words.map(({ raw, value }) => (json ? value : raw));
}
