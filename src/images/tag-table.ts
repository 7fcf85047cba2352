/** Reads the tag data of one image (`tags/*.json`): which base each of its tags is made from. */
import { baseFromWords } from "./tag-words.ts";
import type { Source } from "./types.ts";

export interface TagData {
  readonly image: string;
  /** Day of the data. */
  readonly date: string;
  readonly source: Source;
  /**
   * Tags of one form -> their bases. `{1}`, `{2}` … in the form stand for numbers, most significant first; the value
   * lists `from base` pairs in ascending order: from that version on, tags of this form have that base (`*`: the
   * form has no number; `?`: there are no such tags). What comes after `..` is the last version known: a later patch
   * of it is taken to be like it, anything else is not answered.
   */
  readonly tags: Readonly<Record<string, string>>;
}

interface Series {
  /** Where the nth most significant number stands among the numbers of the tag. */
  readonly order: readonly number[];
  readonly starts: readonly (readonly number[])[];
  readonly bases: readonly string[];
  readonly last: readonly number[];
}

const NUMBER = /\d+/g;

export class TagTable {
  readonly date: string;
  readonly source: Source;
  readonly #tags: TagData["tags"];
  /** `#.#-slim` -> `{1}.{2}-slim`. */
  readonly #forms = new Map<string, string>();
  readonly #series = new Map<string, Series>();

  constructor({ date, source, tags }: TagData) {
    this.date = date;
    this.source = source;
    this.#tags = tags;
    for (const form of Object.keys(tags)) this.#forms.set(form.replace(/\{\d+\}/g, "#"), form);
  }

  baseOf(tag: string): string | null {
    const form = this.#forms.get(tag.replace(NUMBER, "#"));
    if (form === undefined) return null;
    const { order, starts, bases, last } = this.#seriesOf(form);
    const written = (tag.match(NUMBER) ?? []).map(Number);
    const numbers = order.map((position) => written[position]!);
    // A later patch may be newer than the data, a later minor or major version may be made from something else.
    const patch = Math.max(last.length - 1, 1);
    if (compare(last.slice(0, patch), numbers.slice(0, patch)) < 0) return null;
    let low = 0;
    let high = starts.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (compare(starts[middle]!, numbers) <= 0) low = middle + 1;
      else high = middle;
    }
    if (low === 0) return null;
    const base = bases[low - 1]!;
    return base.includes(":") || base.includes("/") ? base : baseFromWords(base);
  }

  #seriesOf(form: string): Series {
    let series = this.#series.get(form);
    if (!series) {
      const ranks = [...form.matchAll(/\{(\d+)\}/g)].map((match) => Number(match[1]) - 1);
      const order: number[] = [];
      ranks.forEach((rank, position) => (order[rank] = position));
      const words = this.#tags[form]!.split(" ");
      const last = words.at(-1)!.startsWith("..") ? words.pop()!.slice(2) : "";
      series = {
        order,
        starts: words.filter((_, i) => i % 2 === 0).map(numbersOf),
        bases: words.filter((_, i) => i % 2 === 1),
        last: numbersOf(last),
      };
      this.#series.set(form, series);
    }
    return series;
  }
}

function numbersOf(version: string): number[] {
  return (version.match(NUMBER) ?? []).map(Number);
}

/** A version is as high as what it begins with: `3` is not above `3.1`. */
function compare(a: readonly number[], b: readonly number[]): number {
  for (let i = 0; i < a.length && i < b.length; i++) {
    if (a[i] !== b[i]) return a[i]! - b[i]!;
  }
  return 0;
}
