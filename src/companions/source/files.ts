import { posix } from "node:path";
import { CSHARP } from "./csharp.ts";
import { GO } from "./go.ts";
import type { LanguageName } from "./grammar.ts";
import { JAVASCRIPT } from "./javascript.ts";
import { JVM } from "./jvm.ts";
import type { Language } from "./meanings.ts";
import { PHP } from "./php.ts";
import { PYTHON } from "./python.ts";
import { RUBY } from "./ruby.ts";
import { RUST } from "./rust.ts";
import { SETTINGS_FILES } from "./settings.ts";

export interface SourceKind {
  readonly language: Language;
  readonly grammar: LanguageName;
}

/** Tests, examples, documentation, tools of the project, other people's code. */
export function isNotTheApp(within: string): boolean {
  return NOT_THE_APP.test(`/${within}`);
}

/**
 * How a file of the app is read; null for what is no source of the app: tests, examples, tools, what is generated.
 * What the container starts by name is of the app, wherever it stands.
 */
export function sourceKind(within: string, started = false): SourceKind | null {
  const name = posix.basename(within);
  const settings = isNotTheApp(within) ? undefined : SETTINGS_FILES.find((one) => one.name.test(name));
  if (settings) return settings;
  if (!started && (isNotTheApp(within) || NO_SOURCE_NAME.test(name))) return null;
  // Express' generator starts the server from a file without extension.
  const extension = /(?:^|\/)bin\/www$/.test(within) ? "js" : posix.extname(name).slice(1).toLowerCase();
  return KINDS.get(extension) ?? null;
}

/** The grammar of a program, whatever it is for; null for other files. */
export function grammarOf(path: string): LanguageName | null {
  return KINDS.get(posix.extname(path).slice(1).toLowerCase())?.grammar ?? null;
}

/** Code that a machine wrote: one line, or nearly. */
export function isGenerated(text: string): boolean {
  const sample = text.slice(0, 5000);
  return sample.length > 2000 && sample.split("\n").length < sample.length / 500;
}

const NOT_THE_APP =
  /\/(?:node_modules|testdata|tests?_\w+|bower_components|vendor|third_party|site-packages|\.[^/]+|__tests__|__mocks__|tests?|testing|specs?|e2e|cypress|fixtures?|examples?|samples?|demos?|docs?|benchmarks?|benches|scripts?|tools|hack|ci|stubs?|mocks?|migrations|alembic|static|typings)\//i;
const NO_SOURCE_NAME =
  /\.(?:test|tests|spec|stories|bench|config|e2e|min|bundle|d)\.[cm]?[jt]sx?$|\.d\.[cm]?ts$|^(?:gulpfile|gruntfile|webpack|rollup|karma|jest|babel|protractor)\b.*\.[cm]?[jt]s$|^(?:setup|conftest|noxfile|fabfile|tasks|manage)\.py$|^test_.*\.py$|^build\.rs$|_tests?\.(?:py|go|rb)$|_spec\.rb$|(?:Tests?|IT|Spec)\.(?:java|kt|cs|php)$|\.blade\.php$|\.designer\.cs$|\.gradle\.kts$/i;

const KINDS = new Map<string, SourceKind>([
  ...["js", "mjs", "cjs", "jsx"].map(
    (extension) => [extension, { language: JAVASCRIPT, grammar: "javascript" }] as const,
  ),
  ...["ts", "mts", "cts"].map(
    (extension) => [extension, { language: JAVASCRIPT, grammar: "typescript" }] as const,
  ),
  ["tsx", { language: JAVASCRIPT, grammar: "tsx" }],
  ["py", { language: PYTHON, grammar: "python" }],
  ["php", { language: PHP, grammar: "php" }],
  ["rb", { language: RUBY, grammar: "ruby" }],
  ["ru", { language: RUBY, grammar: "ruby" }],
  ["go", { language: GO, grammar: "go" }],
  ["java", { language: JVM, grammar: "java" }],
  ["kt", { language: JVM, grammar: "kotlin" }],
  ["cs", { language: CSHARP, grammar: "csharp" }],
  ["rs", { language: RUST, grammar: "rust" }],
]);
