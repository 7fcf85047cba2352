/** Who gets a message because of what was written: what must not happen because of a repository's content. */
import { marked } from "marked";
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
  /** What GitLab would carry out: lines that begin with `/close`, `/assign @bob` … */
  readonly commands: string[] = [];
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A body, title or comment in Markdown, or a commit message (where nothing is code). */
  written(by: Account, repository: Repository, text: string, kind: "markdown" | "plain"): void {
    const visible = kind === "markdown" ? shown(text) : text;
    const name = `${repository.owner.login}/${repository.name}`;
    for (const [, to] of visible.matchAll(/(?<![\w/@.-])@([a-z\d](?:[a-z\d-]{0,38})(?:\/[\w.-]+)?)/gi))
      this.#send({ to: to!, reason: "mention", by: by.login, repository: name, text });
    if (kind === "markdown")
      for (const [command] of visible.matchAll(/^[ \0]*\/[a-z_]+\b.*$/gm)) this.commands.push(command.trim());
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

/** The text that a forge looks through for mentions: as it is shown, without code and comments. */
function shown(markdown: string): string {
  const html = marked.parse(markdown, { async: false, gfm: true });
  return html
    .replaceAll(/<!--[^]*?-->/g, "\0")
    .replaceAll(/<(pre|code|a|style|script)\b[^]*?<\/\1>/gi, "")
    .replaceAll(/<\/?[a-z][^>]*>/gi, "\0")
    .replaceAll(/&(?:#(\d+)|#x([\da-f]+)|(\w+));/gi, (whole, decimal, hex, name: string | undefined) =>
      name === undefined
        ? String.fromCodePoint(decimal ? Number(decimal) : Number.parseInt(String(hex), 16))
        : (ENTITIES[name] ?? whole),
    );
}

const ENTITIES: Readonly<Record<string, string>> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  commat: "@",
  num: "#",
  sol: "/",
};
