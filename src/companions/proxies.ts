import { posix } from "node:path";
import type { FileTree } from "../file-tree.ts";
import { composeServices } from "./compose-index.ts";
import { envFilesOf, envFileSites } from "./env-files.ts";
import type { PortPlace } from "./deployment.ts";
import { type HostVariables, hostVariables, withHostNames } from "./host-variables.ts";
import type { Manifests } from "./manifests.ts";
import { readServerConfig } from "./server-config.ts";
import { isForeign, treeText } from "./tree-text.ts";
import type { ComposeService, PortSite } from "./types.ts";

/** Proxies of the same compose project that hand on to one of these services by its name. */
export async function proxySites(
  tree: FileTree,
  services: readonly (ComposeService & { readonly file: string })[],
  manifests: Manifests,
  texts: Map<string, string>,
): Promise<{ callers: PortSite[]; fixed: PortPlace[] }> {
  const callers: PortSite[] = [];
  const fixed: PortPlace[] = [];
  if (services.length === 0) return { callers, fixed };
  callers.push(...(await environmentSites(tree, services, texts)));
  const inKubernetes = new Set(
    manifests.files.flatMap((file) => file.services.map((service) => service.name)),
  );
  const proxies = await proxyFiles(tree);
  const asked = proxies.some((file) => file.behindVariables.length > 0);
  const variables: HostVariables = asked ? await hostVariables(tree) : new Map();
  for (const { path, text, ports, behindVariables } of proxies) {
    const near = services.filter((service) => isBelow(path, posix.dirname(service.file)));
    if (near.length === 0) continue;
    const names = new Set(
      near.flatMap((service) => service.names ?? [service.name]).map((name) => name.toLowerCase()),
    );
    const named = behindVariables.flatMap(({ site, variable }) => {
      const host = [...(variables.get(variable) ?? [])].find((value) => names.has(value));
      return host === undefined ? [] : [{ ...site, host }];
    });
    for (const site of [...ports, ...named]) {
      if (site.role !== "reach" || site.host === undefined || !names.has(site.host)) continue;
      if (!texts.has(path)) texts.set(path, text);
      // In Kubernetes the same name and port mean a Service, whose port stays what it is.
      if (inKubernetes.has(site.host))
        fixed.push({
          path,
          line: site.line,
          port: site.port,
          says: `${site.says}, in compose and in Kubernetes`,
        });
      else callers.push(site);
    }
  }
  return { callers, fixed };
}

/** What the env files of the other services of these projects say about these services. */
async function environmentSites(
  tree: FileTree,
  services: readonly (ComposeService & { readonly file: string })[],
  texts: Map<string, string>,
): Promise<PortSite[]> {
  const projects = new Set(services.map((service) => service.file));
  const members = (await composeServices(tree)).filter(({ file }) => projects.has(file));
  const files = await envFilesOf(tree, members, texts);
  const names = new Set(
    services.flatMap(({ name, names: all = [name] }) => all).map((name) => name.toLowerCase()),
  );
  const read = files.filter(({ given, fillsIn }) => given || fillsIn);
  return envFileSites(read, texts, names);
}

interface ProxyFile {
  readonly path: string;
  readonly text: string;
  readonly ports: readonly PortSite[];
  /** `proxy_pass http://${API_HOST}:80/` */
  readonly behindVariables: readonly { readonly site: PortSite; readonly variable: string }[];
}

const filesOfTree = new WeakMap<FileTree, Promise<readonly ProxyFile[]>>();

/** Read once for a tree, however many Dockerfiles it has. */
function proxyFiles(tree: FileTree): Promise<readonly ProxyFile[]> {
  let files = filesOfTree.get(tree);
  if (!files) filesOfTree.set(tree, (files = readProxyFiles(tree)));
  return files;
}

async function readProxyFiles(tree: FileTree): Promise<ProxyFile[]> {
  const files: ProxyFile[] = [];
  for (const { path, mode } of await tree.list()) {
    if (!PROXY_FILE.test(path) || mode === "symlink" || isForeign(path)) continue;
    const text = await treeText(tree, path);
    const config = text === null ? null : readServerConfig(path, text, null);
    if (config && text !== null)
      files.push({ path, text, ports: config.ports, behindVariables: behindVariables(path, text) });
  }
  return files;
}

function behindVariables(path: string, text: string): ProxyFile["behindVariables"] {
  const { text: named, variables } = withHostNames(text);
  if (variables.size === 0) return [];
  return (readServerConfig(path, named, null)?.ports ?? []).flatMap((site) => {
    const variable = variables.get(site.host ?? "");
    if (variable === undefined) return [];
    const says = site.says.replace(site.host!, `\${${variable}}`);
    return [{ site: { ...site, says }, variable }];
  });
}

function isBelow(path: string, folder: string): boolean {
  return folder === "." || path.startsWith(`${folder}/`);
}

const PROXY_FILE =
  /\.(?:conf|cfg|template|vhost|caddy)$|(?:^|\/)Caddyfile[^/]*$|nginx[^/]*$|(?:^|\/)haproxy[^/]*$|(?:traefik|envoy)[^/]*\.ya?ml$|(?:^|\/)traefik\/.*\.ya?ml$/;
