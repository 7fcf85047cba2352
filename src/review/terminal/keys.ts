import type { Frame } from "./frame.ts";

type Keys = Frame["keys"];

export const CHANGE_KEYS: Keys = [
  ["y", "accept"],
  ["n", "reject"],
  ["a", "all here"],
  ["d", "none here"],
  ["A", "all"],
  ["u", "back"],
  ["?", "keys"],
  ["q", "quit"],
  ["s", "split"],
  ["e", "edit"],
  ["o", "open"],
  ["w", "why"],
];

export const NOTICE_KEYS: Keys = [
  ["Enter", "go on"],
  ["u", "back"],
  ["?", "keys"],
  ["q", "quit"],
  ["w", "why"],
  ["o", "open"],
  ["e", "edit"],
  ["A", "all"],
];

export const SUMMARY_KEYS: Keys = [
  ["Enter", "write"],
  ["u", "back"],
  ["q", "quit without writing"],
  ["g", "what is undecided"],
  ["?", "keys"],
];

export const PAGE_KEYS: Keys = [
  ["space", "on"],
  ["q", "back"],
];

export const CONFIRM_KEYS: Keys = [
  ["y", "yes"],
  ["n", "no"],
];

export const HELP = `# Deciding
- y: accept this change
- n: reject it, and what rests on it
- a: accept all that is undecided in this Dockerfile
- d: reject all that is undecided in this Dockerfile
- A: accept all that is undecided, everywhere
- u: take the last step back
- s: split the change into its edits, where each stands for itself
- e: edit the Dockerfile as it would be, in VISUAL or EDITOR; it is checked again

# Looking
- w: why: the page of the pass
- o: open the file at the line, in VISUAL or EDITOR
- j or →, k or ←: the next or the last one, without deciding
- ↑ ↓ space PageUp PageDown Home End: scroll

# Ending
- Enter: at the end, write what is accepted
- g: at the end, go to what is undecided
- q: quit and write nothing
- Ctrl-Z: back to the shell; fg comes back here
`;
