import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { SgNode } from "@ast-grep/napi";

export type Node = SgNode;
export type LanguageName =
  | "javascript"
  | "typescript"
  | "tsx"
  | "python"
  | "php"
  | "ruby"
  | "go"
  | "java"
  | "kotlin"
  | "csharp"
  | "rust"
  | "hcl";

/** A parsed file. */
export interface Parsed {
  readonly root: Node;
  /** All nodes of these kinds, of those that the language has, whose whole text matches. */
  find(kinds: readonly string[], regex?: string): Node[];
}

/** Parses a file; null where the grammar is not to be had on this machine. */
export type Parse = (language: LanguageName, text: string) => Parsed | null;

let loading: Promise<Parse> | null = null;

/** The native parsers, loaded when the first source file is read. */
export function loadGrammars(): Promise<Parse> {
  return (loading ??= load());
}

async function load(): Promise<Parse> {
  const { Lang, parse, registerDynamicLanguage } = await import("@ast-grep/napi");
  const modules = {
    python: () => import("@ast-grep/lang-python"),
    php: () => import("@ast-grep/lang-php"),
    ruby: () => import("@ast-grep/lang-ruby"),
    go: () => import("@ast-grep/lang-go"),
    java: () => import("@ast-grep/lang-java"),
    kotlin: () => import("@ast-grep/lang-kotlin"),
    csharp: () => import("@ast-grep/lang-csharp"),
    rust: () => import("@ast-grep/lang-rust"),
    hcl: () => Promise.resolve({ default: hclRegistration() }),
  };
  const known = new Map<LanguageName, string>([
    ["javascript", Lang.JavaScript],
    ["typescript", Lang.TypeScript],
    ["tsx", Lang.Tsx],
  ]);
  const registrations: Parameters<typeof registerDynamicLanguage>[0] = {};
  for (const [name, module] of Object.entries(modules)) {
    try {
      const registration = (await module()).default;
      if (existsSync(registration.libraryPath)) registrations[name] = registration;
    } catch {
      continue; // no parser built for this platform: its files are not read
    }
  }
  try {
    // All at once: what comes in a second call is not taken.
    registerDynamicLanguage(registrations);
    for (const name of Object.keys(registrations)) known.set(name as LanguageName, name);
  } catch {
    // The platform loads none of them; JavaScript and TypeScript are built in.
  }
  return (language, text) => {
    const grammar = known.get(language);
    if (grammar === undefined) return null;
    const root = parse(grammar, text).root();
    return {
      root,
      find(kinds, regex) {
        const any = kinds.filter((kind) => hasKind(language, root, kind)).map((kind) => ({ kind }));
        if (any.length === 0) return [];
        return root.findAll({ rule: regex === undefined ? { any } : { any, regex } });
      },
    };
  };
}

/** HCL comes in a package for Node: the same library, with the parser's own symbol. */
function hclRegistration() {
  const folder = dirname(
    createRequire(import.meta.url).resolve("@tree-sitter-grammars/tree-sitter-hcl/package.json"),
  );
  const file = "@tree-sitter-grammars+tree-sitter-hcl.node";
  return {
    libraryPath: join(folder, "prebuilds", `${process.platform}-${process.arch}`, file),
    extensions: ["hcl"],
    languageSymbol: "tree_sitter_hcl",
    expandoChar: "_",
  };
}

const kindsOfLanguage = new Map<string, boolean>();

/** A kind that the grammar does not know is an error there, not an empty answer. */
function hasKind(language: LanguageName, root: Node, kind: string): boolean {
  const key = `${language} ${kind}`;
  let has = kindsOfLanguage.get(key);
  if (has === undefined) {
    try {
      root.find({ rule: { kind } });
      has = true;
    } catch {
      has = false;
    }
    kindsOfLanguage.set(key, has);
  }
  return has;
}
