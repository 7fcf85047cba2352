import type { SgNode } from "@ast-grep/napi";

export type Node = SgNode;
export type LanguageName =
  "javascript" | "typescript" | "tsx" | "python" | "php" | "ruby" | "go" | "java" | "kotlin" | "csharp";

/** Parses a file; null where the grammar is not to be had on this machine. */
export type Parse = (language: LanguageName, text: string) => Node | null;

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
  };
  const known = new Map<LanguageName, string>([
    ["javascript", Lang.JavaScript],
    ["typescript", Lang.TypeScript],
    ["tsx", Lang.Tsx],
  ]);
  for (const [name, module] of Object.entries(modules)) {
    try {
      registerDynamicLanguage({ [name]: (await module()).default });
      known.set(name as LanguageName, name);
    } catch {
      continue; // no parser built for this platform: its files are not read
    }
  }
  return (language, text) => {
    const grammar = known.get(language);
    return grammar === undefined ? null : parse(grammar, text).root();
  };
}
