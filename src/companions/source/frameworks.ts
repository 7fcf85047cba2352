import { posix } from "node:path";
import type { SourceWrite } from "../types.ts";
import { isNotTheApp } from "./files.ts";

interface Framework {
  readonly name: string;
  /** The name of the dependency in the manifest. */
  readonly dependency: RegExp;
  /** Folders that it writes at run time, from the manifest's folder; absolute ones as they are. */
  readonly directories?: readonly string[];
  /** A script that runs it: a library that depends on it writes nothing. */
  readonly script?: RegExp;
}

/** What a manifest says of the frameworks in use, and the folders that they write by themselves. */
export function readManifest(
  path: string,
  within: string,
  text: string,
): { frameworks: string[]; writes: SourceWrite[] } {
  const manifest = MANIFESTS.find(({ name }) => name.test(posix.basename(path)));
  const dependencies = manifest?.dependencies(text) ?? [];
  const found = (manifest?.frameworks ?? []).filter(({ dependency }) =>
    dependencies.some((one) => dependency.test(one)),
  );
  const folder = posix.dirname(within);
  const scripts = manifest?.scripts?.(text) ?? [];
  return {
    frameworks: found.map(({ name }) => name),
    writes: found.flatMap(({ name, directories, script }) =>
      (script === undefined || scripts.some((one) => script.test(one)) ? (directories ?? []) : []).map(
        (directory): SourceWrite => ({
          path: directory.startsWith("/") ? directory : posix.join(folder, directory),
          directory: true,
          file: path,
          line: 1,
          says: `${name} writes ${directory}`,
          relativeTo: "source",
        }),
      ),
    ),
  };
}

export function isManifest(within: string): boolean {
  const name = posix.basename(within);
  return MANIFESTS.some((manifest) => manifest.name.test(name)) && !isNotTheApp(within);
}

function jsonDependencies(...fields: string[]): (text: string) => string[] {
  return (text) => fields.flatMap((field) => jsonField(text, field).map(([name]) => name));
}

function jsonField(text: string, field: string): [string, unknown][] {
  try {
    const root = JSON.parse(text) as Record<string, unknown> | null;
    return Object.entries((root?.[field] as object | undefined) ?? {});
  } catch {
    return []; // a broken manifest names nothing
  }
}

/** One name per line, at its beginning or in quotes: requirements, Gemfile, pyproject, gradle, XML elements. */
function listedDependencies(pattern: RegExp): (text: string) => string[] {
  return (text) => [...text.slice(0, 500_000).matchAll(pattern)].map((match) => match[1]!);
}

const NODE: readonly Framework[] = [
  { name: "next", dependency: /^next$/, directories: [".next"], script: /(?:^|[\s;&|])next(?:\s|$)/ },
  { name: "nuxt", dependency: /^nuxt3?$/, directories: [".nuxt"] },
  { name: "express", dependency: /^express$/ },
  { name: "fastify", dependency: /^fastify$/ },
  { name: "koa", dependency: /^koa$/ },
  { name: "nest", dependency: /^@nestjs\/core$/ },
  {
    name: "strapi",
    dependency: /^(?:@strapi\/strapi|strapi)$/,
    directories: [".tmp", ".cache", "public/uploads"],
  },
  { name: "directus", dependency: /^directus$/, directories: ["uploads"] },
  { name: "gatsby", dependency: /^gatsby$/, directories: [".cache", "public"] },
  { name: "remix", dependency: /^@remix-run\/serve$/ },
  { name: "sveltekit", dependency: /^@sveltejs\/kit$/ },
  { name: "puppeteer", dependency: /^puppeteer$/ },
  { name: "cypress", dependency: /^cypress$/ },
  { name: "meteor", dependency: /^meteor-node-stubs$/ },
  { name: "node-red", dependency: /^node-red$/, directories: ["/data"] },
];
const PHP: readonly Framework[] = [
  {
    name: "laravel",
    dependency: /^laravel\/(?:framework|lumen-framework)$/,
    directories: ["storage", "bootstrap/cache"],
  },
  { name: "symfony", dependency: /^symfony\/(?:framework-bundle|symfony)$/, directories: ["var"] },
  { name: "cakephp", dependency: /^cakephp\/cakephp$/, directories: ["tmp", "logs"] },
  { name: "codeigniter", dependency: /^codeigniter4\/framework$/, directories: ["writable"] },
  { name: "yii", dependency: /^yiisoft\/yii2$/, directories: ["runtime", "web/assets"] },
  { name: "drupal", dependency: /^drupal\/core(?:-recommended)?$/, directories: ["web/sites/default/files"] },
  { name: "wordpress", dependency: /^(?:roots|johnpbloch)\/wordpress$/, directories: ["web/app/uploads"] },
];
const RUBY: readonly Framework[] = [
  { name: "rails", dependency: /^rails$/, directories: ["log", "tmp", "storage"] },
  { name: "sqlite", dependency: /^sqlite3$/, directories: ["db"] },
  { name: "sinatra", dependency: /^sinatra$/ },
  { name: "jekyll", dependency: /^jekyll$/, directories: ["_site", ".jekyll-cache"] },
];
const PYTHON: readonly Framework[] = [
  { name: "django", dependency: /^django$/i },
  { name: "flask", dependency: /^flask$/i },
  { name: "fastapi", dependency: /^fastapi$/i },
  { name: "celery", dependency: /^celery$/i },
  { name: "streamlit", dependency: /^streamlit$/i },
  { name: "mlflow", dependency: /^mlflow$/i, directories: ["mlruns"] },
];
const JAVA: readonly Framework[] = [
  {
    name: "spring-boot",
    dependency: /^(?:spring-boot(?:-starter.*)?|org\.springframework\.boot.*)$/,
    directories: ["/tmp"],
  },
  { name: "quarkus", dependency: /^(?:quarkus-core|io\.quarkus.*)$/ },
  { name: "micronaut", dependency: /^(?:micronaut-.*|io\.micronaut.*)$/ },
];
const DOTNET: readonly Framework[] = [{ name: "aspnet", dependency: /^Microsoft\.NET\.Sdk\.Web$/ }];
const MANIFESTS: readonly {
  readonly name: RegExp;
  readonly dependencies: (text: string) => string[];
  readonly scripts?: (text: string) => string[];
  readonly frameworks: readonly Framework[];
}[] = [
  {
    name: /^package\.json$/,
    dependencies: jsonDependencies("dependencies", "devDependencies"),
    scripts: (text) =>
      jsonField(text, "scripts").flatMap(([, value]) => (typeof value === "string" ? [value] : [])),
    frameworks: NODE,
  },
  { name: /^composer\.json$/, dependencies: jsonDependencies("require"), frameworks: PHP },
  {
    name: /^Gemfile$/,
    dependencies: listedDependencies(/^[ \t]*gem[ \t]*\(?["']([\w-]+)["']/gm),
    frameworks: RUBY,
  },
  {
    name: /^(?:requirements[\w.-]*\.(?:txt|in)|Pipfile)$/i,
    dependencies: listedDependencies(/^["']?([\w-]+)/gm),
    frameworks: PYTHON,
  },
  {
    name: /^(?:pyproject\.toml|setup\.(?:py|cfg))$/,
    dependencies: listedDependencies(/^[ \t]*["']?([\w-]+)["']?[ \t]*(?:[=<>~!;,[("']|$)/gm),
    frameworks: PYTHON,
  },
  {
    name: /^pom\.xml$/,
    dependencies: listedDependencies(/<artifactId>\s*([\w.-]+)\s*<\/artifactId>/g),
    frameworks: JAVA,
  },
  {
    name: /^build\.gradle(?:\.kts)?$/,
    dependencies: listedDependencies(/["']([\w.-]+)[:"']/g),
    frameworks: JAVA,
  },
  { name: /\.csproj$/, dependencies: listedDependencies(/Sdk="([\w.]+)"/g), frameworks: DOTNET },
];
