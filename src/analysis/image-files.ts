import type { ImageModel, Step } from "./model.ts";
import { isInside } from "./paths.ts";

/** What the steps of a Dockerfile do to the image's file system, in the order in which they do it. */
export class ImageFiles {
  private readonly model: ImageModel;
  private readonly links = new Map<string, string>();

  constructor(model: ImageModel) {
    this.model = model;
    for (const step of model.steps) {
      for (const [index, effects] of step.effects.entries()) {
        if (step.commands[index]!.conditional) continue;
        for (const { path, kind } of effects.writes) if (kind === "delete") this.links.delete(path);
        for (const { path, target } of effects.links ?? []) this.links.set(path, target);
      }
    }
  }

  /** Where a path leads when the symbolic links that the steps made are followed. */
  real(path: string): string {
    let found = path;
    for (let hops = 0; hops < MOST_HOPS; hops++) {
      const link = [...this.links.keys()].find((each) => isInside(found, each));
      if (link === undefined) return found;
      const target = this.links.get(link)!;
      found = target === "/" ? found.slice(link.length) || "/" : target + found.slice(link.length);
    }
    return path; // links that lead in a circle lead nowhere
  }

  /** Whether a step removes or moves it, and none makes it again. */
  isGone(path: string): boolean {
    let gone = false;
    for (const step of this.model.steps) {
      if (gone && this.brings(step, path)) gone = false;
      for (const { writes } of step.effects) {
        for (const write of writes) {
          if (write.kind === "delete") gone ||= isInside(path, write.path);
          else if (isInside(write.path, path)) gone = false;
        }
      }
    }
    return gone;
  }

  /** A COPY puts it there, or something below it; a WORKDIR makes it. */
  private brings({ copy, instruction, workdir }: Step, path: string): boolean {
    if (copy?.destination) return isInside(copy.destination, path);
    return instruction.keyword !== "FROM" && workdir !== null && isInside(workdir, path);
  }
}

const MOST_HOPS = 20;
