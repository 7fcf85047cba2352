/** What crosses between deroot and the review page: plain data, as JSON. */
import type { Advice, Change, RewriteResult, Status } from "../../rewrite/types.ts";
import type { ImagePicture } from "../picture.ts";
import type { Verdict } from "../verdicts.ts";

/** Everything the list and the head of the page show. */
export interface Overview {
  readonly tool: { readonly name: string; readonly version: string };
  /** Name of the folder that is reviewed. */
  readonly project: string;
  readonly items: readonly Item[];
  /** Null until the choices have been written. */
  readonly applied: Applied | null;
  /** The Dockerfile that is being verified. */
  readonly verifying: string | null;
}

/** One Dockerfile in the list. */
export interface Item {
  readonly dockerfile: string;
  /** Null until it has been looked at. */
  readonly status: Status | null;
  /** Part of a sentence. */
  readonly outcome: string;
  /** How many changes a person can decide on, and what was said of them. */
  readonly changes: number;
  readonly accepted: number;
  readonly rejected: number;
  /** Things to know, those that are never applied included. */
  readonly advice: number;
  readonly verified: VerificationView["verdict"] | null;
}

/** One Dockerfile with all there is to decide. */
export interface Detail {
  readonly item: Item;
  readonly reason: RewriteResult["reason"];
  readonly account: RewriteResult["account"];
  readonly runsAsRoot: RewriteResult["runsAsRoot"];
  readonly ports: RewriteResult["ports"];
  readonly changes: readonly OfferedChange[];
  readonly advice: readonly Advice[];
  /** The Dockerfile holds a text that was edited by hand. */
  readonly isEdited: boolean;
  /** What the accepted changes make of the files; where they change none, the Dockerfile as it is. */
  readonly files: readonly FileView[];
  readonly picture: { readonly before: ImagePicture | null; readonly after: ImagePicture | null };
  readonly verification: VerificationView | null;
}

export interface OfferedChange extends Omit<Change, "evidence"> {
  readonly evidence: readonly (Change["evidence"][number] & {
    /** `where` is a file that can be shown. */
    readonly isFile: boolean;
  })[];
  readonly verdict: Verdict;
  /** Ids of the changes that it rests on, and of those that rest on it. */
  readonly needs: readonly string[];
  readonly neededBy: readonly string[];
}

export interface FileView {
  readonly path: string;
  /** Null for a file that is new. */
  readonly before: string | null;
  readonly after: string;
  readonly mode: string | null;
}

/** What came of a choice. */
export interface Chosen {
  /** False where it rests on changes that are rejected (`needs`): nothing was decided. */
  readonly taken: boolean;
  /** Ids of other changes that got another verdict along with it. */
  readonly along: readonly string[];
  /** Ids of the rejected changes that it needs. */
  readonly needs: readonly string[];
  /** A text that was edited by hand is gone. */
  readonly lostEdit: boolean;
  readonly detail: Detail;
}

/** What was taken back, and where; null when there was nothing. */
export interface Undone {
  readonly dockerfile: string | null;
  readonly change: string | null;
}

export interface Applied {
  readonly files: readonly string[];
  /** Lines of `git status --short`; null where there is no git. */
  readonly gitStatus: readonly string[] | null;
  /** What could not be written. */
  readonly failures: readonly { readonly path: string; readonly message: string; readonly hint: string }[];
}

export interface VerificationView {
  readonly verdict: "same" | "different" | "not comparable" | "skipped";
  readonly reason: string | null;
  readonly remedy: string | null;
  readonly findings: readonly { readonly says: string; readonly details: readonly string[] }[];
  readonly notes: readonly string[];
  readonly facts: readonly { readonly name: string; readonly before: string; readonly after: string }[];
  readonly engine: string;
  readonly seconds: number;
  /** Choices have changed since. */
  readonly stale: boolean;
}

/** What is told to every open page as it happens. */
export type Event =
  | { readonly type: "overview"; readonly overview: Overview }
  | { readonly type: "items"; readonly items: readonly Item[] }
  /** Choices of this Dockerfile, or its verification, are not what they were. */
  | { readonly type: "changed"; readonly dockerfile: string }
  | { readonly type: "progress"; readonly dockerfile: string; readonly stage: string; readonly line: string }
  | { readonly type: "bye"; readonly message: string };

/** A page of the documentation. */
export interface Page {
  readonly topic: string;
  readonly markdown: string;
}

/** A file that evidence points to. */
export interface SourceText {
  readonly path: string;
  readonly text: string;
}

/** Why the server refuses. */
export interface Refusal {
  readonly message: string;
  readonly hint: string | null;
}
