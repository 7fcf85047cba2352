/** Who gets a message because of what was written: what must not happen because of a repository's content. */
import type { Clock } from "./clock.ts";
import type { Account, Repository } from "./model.ts";

export interface Notification {
  /** `alice`, or `acme/platform` for a team. */
  readonly to: string;
  readonly reason: "mention" | "review-requested" | "assigned";
  readonly by: string;
  readonly repository: string;
  /** The text that mentions, where it is a mention. */
  readonly text: string;
  readonly at: Date;
}

/** Something elsewhere that a text links to, and so leaves a trace at: `#12`, `acme/api#3`, `fixes #4`. */
export interface CrossReference {
  readonly from: string;
  readonly to: string;
  readonly closes: boolean;
}

export class Notifications {
  readonly sent: Notification[] = [];
  readonly references: CrossReference[] = [];
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A body, title or comment in Markdown, or a commit message (where nothing is code). */
  written(by: Account, repository: Repository, text: string, kind: "markdown" | "plain"): void {
    const visible = kind === "markdown" ? withoutCode(text) : text;
    const name = `${repository.owner.login}/${repository.name}`;
    for (const [, to] of visible.matchAll(/(?<![\w`/@.-])@([a-z\d](?:[a-z\d-]{0,38})(?:\/[\w.-]+)?)/gi))
      this.#send({ to: to!, reason: "mention", by: by.login, repository: name, text });
    const reference =
      /(?:\b(clos(?:e|es|ed)|fix(?:es|ed)?|resolv(?:e|es|ed)):?\s+)?(?<![\w&/#.-])((?:[\w.-]+\/[\w.-]+)?#\d+|GH-\d+)\b/gi;
    for (const [, closes, to] of visible.matchAll(reference))
      this.references.push({ from: name, to: to!, closes: closes !== undefined });
  }

  requested(by: Account, repository: Repository, to: string, reason: "review-requested" | "assigned"): void {
    const name = `${repository.owner.login}/${repository.name}`;
    this.#send({ to, reason, by: by.login, repository: name, text: "" });
  }

  #send(notification: Omit<Notification, "at">): void {
    this.sent.push({ ...notification, at: this.#clock.now() });
  }
}

/** Markdown without what a forge does not look into for mentions: code blocks, code spans, comments. */
function withoutCode(text: string): string {
  return text
    .replaceAll(/^ {0,3}(`{3,}|~{3,})[^\n]*\n(?:[^]*?\n)?? {0,3}\1[`~]*[ \t]*$/gm, "")
    .replaceAll(/<!--[^]*?-->/g, "")
    .replaceAll(/(?<!`)(`+)(?!`)((?:(?!\n\s*\n)[^])*?[^`])\1(?!`)/g, "");
}
