/** Image references: `docker.io/library/node:20-alpine@sha256:…` and the short name that profiles go by. */

export interface ImageReference {
  /** As written, `docker.io` and `library/` included. */
  readonly written: string;
  /** What profiles are listed under: lower case, no Docker Hub prefix, mirrors and architecture dropped. */
  readonly name: string;
  /** Null when the reference has none; `latest` is what is meant unless there is a digest. */
  readonly tag: string | null;
  readonly digest: string | null;
}

/** Hosts and paths under which Docker Hub's images are served under their own names. */
const HUB_PREFIXES = [
  "docker.io/",
  "index.docker.io/",
  "registry-1.docker.io/",
  "registry.hub.docker.com/",
  "mirror.gcr.io/",
  "mcr.microsoft.com/mirror/docker/",
  "public.ecr.aws/docker/",
  "dockerhub.azk8s.cn/",
  "docker.mirrors.ustc.edu.cn/",
  "daocloud.io/",
] as const;

/** Namespaces of Docker's per-architecture builds: `arm64v8/node` is `node`. */
const ARCHITECTURE =
  /^(?:amd64|arm32v[5-7]|arm64v8|i386|ppc64le|riscv64|s390x|mips64le|armhf|aarch64)\/(?=[^/]+$)/;

const REFERENCE =
  /^(?<name>[^\s@]+?)(?::(?<tag>[\w][\w.-]{0,127}|\?))?(?:@(?<digest>[a-z0-9+._-]+:[0-9a-f]+))?$/i;

/**
 * `mirrors` are prefixes under which a company serves other registries' images, e.g.
 * `registry.corp.example/docker-remote`: what follows is a reference as if the prefix were not there.
 */
export function parseReference(reference: string, mirrors: readonly string[] = []): ImageReference | null {
  const written = reference.trim();
  const match = REFERENCE.exec(written);
  const groups = match?.groups;
  if (!groups?.["name"]) return null;
  return {
    written,
    name: normaliseName(groups["name"], mirrors),
    tag: groups["tag"] ?? null,
    digest: groups["digest"] ?? null,
  };
}

export function formatReference({ name, tag, digest }: ImageReference): string {
  return name + (tag === null ? "" : `:${tag}`) + (digest === null ? "" : `@${digest}`);
}

function normaliseName(written: string, mirrors: readonly string[]): string {
  let name = written.toLowerCase();
  for (const mirror of mirrors) name = withoutPrefix(name, mirror.toLowerCase().replace(/\/*$/, "/"));
  for (const prefix of HUB_PREFIXES) name = withoutPrefix(name, prefix);
  name = withoutPrefix(name, "library/");
  return name.replace(ARCHITECTURE, "");
}

function withoutPrefix(name: string, prefix: string): string {
  return name.startsWith(prefix) && name.length > prefix.length ? name.slice(prefix.length) : name;
}
