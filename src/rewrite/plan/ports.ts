import type { ImageModel } from "../../analysis/index.ts";
import type { Surroundings } from "../../companions/index.ts";
import type { SharingImage } from "../sharing.ts";
import type { Advice, Applicability, Edit, Evidence, PortChange, RewriteOptions } from "../types.ts";
import { changeCallers } from "./ports/callers.ts";
import { lineAt } from "./line-at.ts";
import { byHand, whileLow } from "./ports/by-hand.ts";
import { Contract } from "./ports/contract.ts";
import { changeListeners } from "./ports/listeners.ts";
import { followShared } from "./ports/follow-shared.ts";
import { isElsewhere, sourceListens } from "./ports/source.ts";
import { listenedPorts, lowUdpPorts, takenPorts } from "./ports/low-ports.ts";

/** What happens to the ports below 1024 that the container listens on. */
export interface PortPlan {
  readonly remaps: readonly Remap[];
  /** Ports below 1024 that something still listens on afterwards. */
  readonly kept: readonly number[];
  readonly advice: readonly Advice[];
}

/** One port moved everywhere at once; `manual` where not all of it can be changed here. */
export interface Remap extends PortChange {
  readonly applicability: Applicability;
  readonly evidence: readonly Evidence[];
  /** Edits in the Dockerfile and its companions. */
  readonly edits: readonly Edit[];
  /** Shell commands that change the base image's own configuration. */
  readonly commands: readonly string[];
  /** ENV lines that tell the server its port. */
  readonly env: readonly string[];
  /** An EXPOSE line is new: the base image's own names the old port. */
  readonly exposes: boolean;
  /** What a person has to do besides, and what happens until then; null where all is changed. */
  readonly byHand: string | null;
}

export function planPorts(
  model: ImageModel,
  around: Surroundings,
  options: RewriteOptions,
  path: string,
  sharing: readonly SharingImage[] = [],
): PortPlan {
  const remaps: Remap[] = [];
  const kept: number[] = [];
  const advice: Advice[] = [];
  const low = listenedPorts(model, around).filter(
    (port) => port < 1024 && !(FIXED.has(port) && isLibrary(port, model, around)),
  );
  const texts = new Map([...around.texts, [path, model.dockerfile.text]]);
  const taken = new Set([
    ...takenPorts(model, around),
    ...sharing.flatMap((image) => [...takenPorts(image.model, image.around)]),
    ...Object.values(options.ports ?? {}),
  ]);
  for (const from of low) {
    const fixed = FIXED.has(from) && !options.ports?.[from];
    if (options.keepPorts || fixed) {
      kept.push(from);
      advice.push(keptAdvice(from, path, lineOf(model, from), options.keepPorts === true));
      continue;
    }
    const contract = new Contract(from, options.ports?.[from] ?? freePort(from, taken));
    taken.add(contract.to);
    changeListeners(contract, model, around, path);
    changeCallers(contract, model, around, path);
    for (const image of sharing) followShared(contract, image);
    if (!contract.isWhole) kept.push(from);
    if (contract.evidence.length === 0) {
      const says = `port ${from} is named, and nothing that listens on it was found`;
      contract.evidence.push({ source: "dockerfile", where: path, line: lineOf(model, from), says });
    }
    remaps.push(remapOf(contract, remaps, texts));
  }
  for (const port of lowUdpPorts(model, around)) advice.push(udpAdvice(port, path, model));
  const whole = remaps.filter(({ applicability }) => applicability !== "manual");
  for (const remap of whole) advice.push(...mentioned(remap, around, texts));
  return { remaps, kept, advice };
}

/** The default port of a protocol, in code that the image does not start or tells another one. */
function isLibrary(port: number, model: ImageModel, around: Surroundings): boolean {
  return (
    isElsewhere(port, model, around) && sourceListens(model, around).some(({ site }) => site?.port === port)
  );
}

/** The remap as data; an edit that an earlier one of the same run makes too is made once. */
function remapOf(contract: Contract, earlier: readonly Remap[], texts: ReadonlyMap<string, string>): Remap {
  const made = new Set(
    earlier
      .filter(({ applicability }) => applicability !== "manual")
      .flatMap((remap) => remap.edits)
      .map((edit) => `${edit.path}\0${edit.start}\0${edit.end}`),
  );
  return {
    from: contract.from,
    to: contract.to,
    protocol: "tcp",
    applicability: !contract.isWhole ? "manual" : contract.sure ? "safe" : "likely",
    evidence: contract.evidence,
    edits: contract.edits.filter((edit) => !made.has(`${edit.path}\0${edit.start}\0${edit.end}`)),
    commands: [...new Set(contract.commands)],
    env: contract.env,
    exposes: contract.exposesNew,
    byHand: contract.isWhole ? null : byHand(contract, texts),
  };
}

/** Places that name the port, but of which nobody can say for certain that they mean this image. */
function mentioned(remap: Remap, around: Surroundings, texts: ReadonlyMap<string, string>): Advice[] {
  const changed = new Set(
    remap.edits.map(({ path, start }) => `${path}:${lineAt(texts.get(path) ?? "", start)}`),
  );
  return around.deployment.mentions
    .filter(({ path, line }) => !changed.has(`${path}:${line}`))
    .filter((place) => place.port === null || place.port === remap.from)
    .map((place) => ({
      title: `${place.says} may mean the port that moved to ${remap.to}`,
      reason: `The container listens on ${remap.to} instead of ${remap.from} now. If this line is about the container's side of this image, change it; what the host or the outside calls stays.`,
      path: place.path,
      line: place.line,
    }));
}

function keptAdvice(port: number, path: string, line: number | null, asked: boolean): Advice {
  const why = asked
    ? "--keep-ports leaves it."
    : "Clients of this protocol expect the number, so it is left alone.";
  const instead = ` To move it, make the server listen on a higher port and pass --ports ${port}=PORT.`;
  return {
    title: `Port ${port} stays below 1024`,
    reason: `${why} ${whileLow(port)}${asked ? "" : instead}`,
    path,
    line,
  };
}

function udpAdvice(port: number, path: string, model: ImageModel): Advice {
  const line = model.final.exposed.find((one) => one.port === port && one.protocol === "udp")?.instruction
    .line;
  return {
    title: `UDP port ${port} stays below 1024`,
    reason: `Who sends to a UDP port can seldom be told another, so it is left alone. ${whileLow(port)}`,
    path,
    line: line ?? null,
  };
}

function lineOf(model: ImageModel, port: number): number | null {
  return model.final.exposed.find((exposed) => exposed.port === port)?.instruction.line ?? null;
}

function freePort(from: number, taken: ReadonlySet<number>): number {
  let to = from === 80 ? 8080 : from === 443 ? 8443 : from + 8000;
  while (taken.has(to)) to++;
  return to;
}

/** Ports of protocols whose clients cannot be told another number; they are left alone. */
const FIXED = new Set([
  20, 21, 22, 23, 25, 53, 67, 68, 69, 88, 110, 111, 123, 137, 138, 139, 143, 161, 162, 389, 445, 464, 465,
  500, 514, 515, 543, 544, 587, 623, 631, 636, 749, 853, 873, 989, 990, 993, 995,
]);
