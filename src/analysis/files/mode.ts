/**
 * A file's mode, bit by bit, as far as it is known: `on` and `off` hold the bits (octal 7777) that are set for
 * certain and clear for certain.
 */
export interface Mode {
  readonly on: number;
  readonly off: number;
}

const ALL = 0o7777;

export const UNKNOWN_MODE: Mode = { on: 0, off: 0 };

export function exactly(bits: number): Mode {
  return { on: bits & ALL, off: ~bits & ALL };
}

/** The bits, where every one of the nine is known; else null. */
export function bitsOf({ on, off }: Mode): number | null {
  return ((on | off) & 0o777) === 0o777 ? on : null;
}

/** What holds of both. */
export function eitherMode(one: Mode, other: Mode): Mode {
  return { on: one.on & other.on, off: one.off & other.off };
}

/** What a program makes that leaves the mode to the umask; null: the umask is not known. */
export function madeUnder(umask: number | null, directory: boolean): Mode {
  const asked = directory ? 0o777 : 0o666;
  if (umask === null) return { on: 0, off: ~asked & ALL };
  return exactly(asked & ~umask);
}

/** A copy of a file whose mode the umask cuts. */
export function maskedBy(mode: Mode, umask: number | null): Mode {
  if (umask === null) return { on: 0, off: mode.off | 0o7000 };
  return { on: mode.on & 0o777 & ~umask, off: mode.off | umask | 0o7000 };
}

/**
 * What chmod makes of a mode.
 * @param spec as chmod takes it: `755`, `+x`, `u=rwX,go-w`; what is neither leaves nothing known.
 * @param directory whether it is one; null when that is not known.
 */
export function changedMode(mode: Mode, spec: string, directory: boolean | null, umask: number | null): Mode {
  if (/^[0-7]{1,5}$/.test(spec)) {
    const made = exactly(Number.parseInt(spec, 8));
    // GNU's chmod leaves setuid and setgid of a directory as they are, BusyBox' does not.
    if (directory === false || spec.length > 3) return made;
    const special = 0o6000 & ~mode.off;
    return { on: made.on, off: made.off & ~special };
  }
  let result = mode;
  for (const clause of spec.split(",")) {
    const match = /^([ugoa]*)((?:[-+=](?:[ugo]|[rwxXst]*))+)$/.exec(clause);
    if (match === null) return UNKNOWN_MODE;
    for (const [, operator, what] of match[2]!.matchAll(/([-+=])([ugo]|[rwxXst]*)/g)) {
      result = change(result, match[1]!, operator!, what!, directory, umask);
    }
  }
  return result;
}

const CLASSES: readonly (readonly [string, number])[] = [
  ["u", 6],
  ["g", 3],
  ["o", 0],
];

function change(
  mode: Mode,
  who: string,
  operator: string,
  what: string,
  directory: boolean | null,
  umask: number | null,
): Mode {
  const every = who === "" || who.includes("a");
  let on = 0;
  let unsure = 0;
  let touched = 0;
  for (const [name, shift] of CLASSES) {
    if (!every && !who.includes(name)) continue;
    touched |= 7 << shift;
    const source = CLASSES.find(([letter]) => letter === what);
    if (source) {
      on |= ((mode.on >> source[1]) & 7) << shift;
      unsure |= ((~(mode.on | mode.off) >> source[1]) & 7) << shift;
      continue;
    }
    for (const letter of what) {
      if (letter === "r") on |= 4 << shift;
      else if (letter === "w") on |= 2 << shift;
      else if (letter === "x") on |= 1 << shift;
      else if (letter === "X") {
        if (directory === true || (mode.on & 0o111) !== 0) on |= 1 << shift;
        else if (directory === null || (mode.off & 0o111) !== 0o111) unsure |= 1 << shift;
      }
    }
  }
  if (what.includes("t") && every) on |= 0o1000;
  if (what.includes("s")) on |= (touched & 0o700 ? 0o4000 : 0) | (touched & 0o070 ? 0o2000 : 0);
  // Without `u`, `g`, `o` or `a` the umask says which bits are left alone.
  if (who === "") {
    if (umask === null) {
      unsure |= on;
      on = 0;
    } else {
      on &= ~umask;
      unsure &= ~umask;
      if (operator === "=") touched = 0o777;
    }
  }
  unsure &= ~on;
  switch (operator) {
    case "+":
      return { on: mode.on | on, off: mode.off & ~on & ~(unsure & ~mode.on) };
    case "-":
      return { on: mode.on & ~on & ~unsure, off: mode.off | on };
    default:
      return {
        on: (mode.on & ~touched) | on,
        off: (mode.off & ~touched) | (touched & ~on & ~unsure),
      };
  }
}
