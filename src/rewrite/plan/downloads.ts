import { type ImageModel, type Step } from "../../analysis/index.ts";
import { unwrap } from "../../shell/index.ts";

/** What a step fetches into the home, and the app looks for there when it runs: no cache, whatever its name. */
interface Download {
  readonly tool: RegExp;
  /** What stands behind the tool's name. */
  readonly words: RegExp;
  /** Where, below the home; `.cache` if not said. */
  readonly into?: string;
  /** Variables that put it elsewhere. */
  readonly unless: readonly string[];
}

/** Sources: the tools' own documentation of their directories. */
const DOWNLOADS: readonly Download[] = [
  { tool: /^playwright$/, words: /\binstall\b(?!-deps)/, unless: ["PLAYWRIGHT_BROWSERS_PATH"] },
  { tool: /^puppeteer$/, words: /\binstall\b/, unless: ["PUPPETEER_CACHE_DIR"] },
  { tool: /^pyppeteer-install$/, words: /^/, into: ".local", unless: ["PYPPETEER_HOME"] },
  { tool: /^cypress$/, words: /\binstall\b/, unless: ["CYPRESS_CACHE_FOLDER"] },
  { tool: /^nltk\.downloader$/, words: /^(?!.*\s-d\b)/, into: "nltk_data", unless: ["NLTK_DATA"] },
  {
    tool: /^(?:huggingface-cli|hf)$/,
    words: /\bdownload\b(?!.*--local-dir)/,
    unless: ["HF_HOME", "HF_HUB_CACHE"],
  },
  { tool: /^python[\d.]*$/, words: /nltk\.download\(/, into: "nltk_data", unless: ["NLTK_DATA"] },
  {
    tool: /^python[\d.]*$/,
    words: /from_pretrained\(|snapshot_download\(|hf_hub_download\(|SentenceTransformer\(|\bpipeline\(/,
    unless: ["HF_HOME", "TRANSFORMERS_CACHE", "SENTENCE_TRANSFORMERS_HOME", "HF_HUB_CACHE"],
  },
  { tool: /^python[\d.]*$/, words: /torch\.hub|torchvision|torchaudio/, unless: ["TORCH_HOME"] },
  {
    tool: /^python[\d.]*$/,
    words: /whisper.*load_model\(|gensim.*\.load\(|tiktoken/,
    unless: ["XDG_CACHE_HOME"],
  },
  { tool: /^deno$/, words: /^(?:cache|install)\b/, unless: ["DENO_DIR"] },
  {
    tool: /^ansible-galaxy$/,
    words: /\binstall\b(?!.*\s-p\b)/,
    into: ".ansible",
    unless: ["ANSIBLE_HOME", "ANSIBLE_COLLECTIONS_PATH"],
  },
  { tool: /^helm$/, words: /^plugin install\b/, into: ".local", unless: ["HELM_DATA_HOME"] },
  {
    tool: /^(?:R|Rscript)$/,
    words: /renv::(?:restore|install)/,
    unless: ["RENV_PATHS_ROOT", "RENV_PATHS_CACHE"],
  },
  { tool: /^julia$/, words: /Pkg/, into: ".julia", unless: ["JULIA_DEPOT_PATH"] },
  { tool: /^ollama$/, words: /\bpull\b/, into: ".ollama", unless: ["OLLAMA_MODELS"] },
  { tool: /^trivy$/, words: /--download-db-only/, unless: ["TRIVY_CACHE_DIR"] },
  { tool: /^pre-commit$/, words: /install-hooks|--install-hooks/, unless: ["PRE_COMMIT_HOME"] },
];

/** Packages whose installation fetches a program into the home, by what the manifest calls them. */
const BY_PACKAGE: readonly { readonly framework: string; readonly unless: readonly string[] }[] = [
  {
    framework: "puppeteer",
    unless: ["PUPPETEER_CACHE_DIR", "PUPPETEER_SKIP_DOWNLOAD", "PUPPETEER_SKIP_CHROMIUM_DOWNLOAD"],
  },
  { framework: "cypress", unless: ["CYPRESS_CACHE_FOLDER", "CYPRESS_INSTALL_BINARY"] },
];

const INSTALLERS = /^(?:npm|yarn|pnpm|bun)$/;
const INSTALLS = /^(?:ci|install|i|add)?(?:\s|$)/;

/** Directories below root's home into which a step fetches what the app reads there. */
export function fetchedIntoHome(model: ImageModel, step: Step, frameworks: readonly string[]): string[] {
  const isSet = (name: string) => model.final.env.has(name) || model.base.image?.env[name] !== undefined;
  const packages = BY_PACKAGE.filter(
    ({ framework, unless }) => frameworks.includes(framework) && !unless.some(isSet),
  );
  const found = step.commands
    .flatMap((command) => unwrap(command))
    .flatMap(({ command }) => {
      const name = command.name ?? "";
      const words = command.argv
        .slice(1)
        .map((word) => word.value ?? word.raw)
        .join(" ");
      const own = new Set(command.assignments.map((assignment) => assignment.name));
      const fetched = DOWNLOADS.filter(
        (each) =>
          each.tool.test(name) &&
          each.words.test(words) &&
          !each.unless.some((variable) => isSet(variable) || own.has(variable)),
      );
      const installs = packages.length > 0 && INSTALLERS.test(name) && INSTALLS.test(words);
      return [...fetched.map(({ into }) => into ?? ".cache"), ...(installs ? [".cache"] : [])];
    });
  return [...new Set(found)];
}
