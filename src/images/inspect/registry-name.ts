/** Which registry, repository and manifest an image reference stands for. */
import { InspectError } from "./errors.ts";

export interface RegistryName {
  /** `registry-1.docker.io`, `localhost:5000`. */
  readonly host: string;
  /** Under which credentials are kept: Docker Hub has an address of its own for them. */
  readonly account: string;
  readonly repository: string;
  /** A tag or a digest. */
  readonly manifest: string;
}

export function registryName(reference: string): RegistryName {
  const match = REFERENCE.exec(reference);
  if (!match?.groups) throw new InspectError("not-found", `"${reference}" is no image reference`);
  const { name, tag, digest } = match.groups;
  const manifest = digest ?? tag ?? "latest";
  const slash = name!.indexOf("/");
  const first = slash === -1 ? "" : name!.slice(0, slash);
  // As Docker has it: what comes before the first slash is a host when it looks like one.
  const isHost = /[.:]/.test(first) || first === "localhost" || /[A-Z]/.test(first);
  const host = isHost ? first : "docker.io";
  const path = isHost ? name!.slice(slash + 1) : name!;
  if (!REPOSITORY.test(path)) throw new InspectError("not-found", `"${reference}" is no image reference`);
  if (!HUB.has(host)) return { host, account: host, repository: path, manifest };
  return {
    host: "registry-1.docker.io",
    account: "https://index.docker.io/v1/",
    repository: path.includes("/") ? path : `library/${path}`,
    manifest,
  };
}

const HUB: ReadonlySet<string> = new Set([
  "docker.io",
  "index.docker.io",
  "registry-1.docker.io",
  "registry.hub.docker.com",
]);
const REFERENCE =
  /^(?<name>(?:\[[0-9a-f:]+\]|[A-Za-z0-9])[\w./:-]*?)(?::(?<tag>\w[\w.-]{0,127}))?(?:@(?<digest>sha256:[0-9a-f]{64}))?$/;
const REPOSITORY = /^[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*$/;
