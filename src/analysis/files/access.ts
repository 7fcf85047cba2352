import type { KnownAccount } from "./owners.ts";
import type { Part } from "./tree.ts";

/** Whether a process may: null where that is not known. */
export type Allowed = boolean | null;

export interface Access {
  readonly read: Allowed;
  readonly write: Allowed;
  /** Of a directory: enter it. */
  readonly execute: Allowed;
}

export interface Subject extends KnownAccount {
  /** Groups beside its own, names or numbers as in the model. */
  readonly groups?: readonly string[];
}

/** What the mode and the owner of one path allow, whatever stands above it. */
export function accessTo(facts: Part, subject: Subject): Access {
  return { read: may(facts, subject, 4), write: may(facts, subject, 2), execute: may(facts, subject, 1) };
}

function may({ user, group, mode }: Part, subject: Subject, bit: number): Allowed {
  if (subject.uid === 0) return true;
  const isUser = same(user, subject.uid, subject.name);
  const inGroup =
    group !== null && subject.groups?.includes(group) === true
      ? true
      : same(group, subject.gid, subject.group);
  const classes =
    isUser === true
      ? [6]
      : [
          ...(isUser === null ? [6] : []),
          ...(inGroup !== false ? [3] : []),
          ...(inGroup !== true ? [0] : []),
        ];
  const answers = classes.map((shift) => bitIn(mode, bit << shift));
  return answers.every((each) => each === answers[0]) ? answers[0]! : null;
}

function bitIn({ on, off }: Part["mode"], bit: number): Allowed {
  return (on & bit) !== 0 ? true : (off & bit) !== 0 ? false : null;
}

function same(key: string | null, id: number | null, name: string | null): boolean | null {
  if (key === null || (id === null && name === null)) return null;
  return (id !== null && key === String(id)) || (name !== null && key === name);
}
