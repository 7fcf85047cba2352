import { modelImage } from "../analysis/index.ts";
import { DockerfileError, readDockerfile } from "../dockerfile/index.ts";
import type { ResolveOptions } from "../images/index.ts";

/** A Dockerfile as a person wrote it in place of what deroot made. */
export interface EditedText {
  readonly text: string;
  /** Whether the image ends as root; null where nothing says who it runs as. */
  readonly runsAsRoot: boolean | null;
  /** Who it runs as, as USER says; null where no USER does. */
  readonly user: string | null;
}

/** Why an edited text is not taken. */
export interface EditProblem {
  readonly message: string;
  /** 1-based. */
  readonly line: number | null;
}

/** Reads an edited Dockerfile by BuildKit's rules, and says who the image runs as. */
export function checkEdited(
  text: string,
  target?: string,
  images: ResolveOptions = {},
): EditedText | EditProblem {
  try {
    const { final } = modelImage(readDockerfile(text), { target, images });
    return { text, user: final.user, runsAsRoot: final.user === null ? null : final.root };
  } catch (error) {
    if (!(error instanceof DockerfileError)) throw error;
    return { message: error.message, line: error.line };
  }
}
