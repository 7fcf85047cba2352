import { type Drawn, type Frame, layOut } from "./frame.ts";
import { CONFIRM_KEYS, PAGE_KEYS } from "./keys.ts";
import type { Paint } from "./paint.ts";
import type { Key, Screen } from "./screen.ts";
import { pageRows } from "./views.ts";

type Message = NonNullable<Frame["message"]>;

/** What is shown at one stop; scrolling and messages are the dialog's own. */
export type Content = Pick<Frame, "head" | "body" | "keys">;

/** Talks with a person on a screen: shows, tells, asks, and waits for keys. */
export class Dialog {
  readonly #screen: Screen;
  readonly #paint: Paint;
  /** Makes the frame anew for another width. */
  #make: (() => Content) | null = null;
  #message: Message | null = null;
  #scroll = 0;
  #drawn: Drawn = { lines: [], most: 0, page: 1 };

  constructor(screen: Screen, paint: Paint) {
    this.#screen = screen;
    this.#paint = paint;
  }

  get width(): number {
    return this.#screen.columns;
  }

  get colour(): boolean {
    return this.#paint.colour;
  }

  show(make: () => Content): void {
    this.#make = make;
    this.draw();
  }

  /** Draws what is shown for the size that the screen has now. */
  draw(): void {
    if (this.#make === null) return;
    const frame = { ...this.#make(), scroll: this.#scroll, message: this.#message };
    this.#drawn = layOut(frame, this.#screen, this.#paint);
    this.#screen.draw(this.#drawn.lines);
  }

  /** Something that the next frame says, until a key is pressed. */
  tell(text: string, look: Message["look"]): void {
    this.#message = { text, look };
  }

  /** Something to read while one waits; the next frame replaces it. */
  say(text: string): void {
    const before = this.#message;
    this.tell(text, "accent");
    this.draw();
    this.#message = before;
  }

  /** The next key. */
  async key(): Promise<Key> {
    const key = await this.#screen.key();
    this.#message = null;
    return key;
  }

  /** Moves what is shown; false for a key that does not. */
  scrollBy(key: Key): boolean {
    const { most, page } = this.#drawn;
    const by = { up: -1, down: 1, "page-up": -page, "page-down": page, home: -most, end: most }[key];
    if (by === undefined && !(key === "space" && this.#scroll < most)) return false;
    this.#scroll = Math.max(0, Math.min(most, this.#scroll + (by ?? Math.max(1, page - 1))));
    return true;
  }

  toTop(): void {
    this.#scroll = 0;
  }

  /** Asks below what is shown. */
  async confirm(question: string): Promise<boolean> {
    const make = this.#make ?? ((): Content => ({ head: ["", ""], body: [], keys: [] }));
    this.tell(question, "warn");
    for (;;) {
      this.show(() => ({ ...make(), keys: CONFIRM_KEYS }));
      const key = await this.#screen.key();
      if (!this.scrollBy(key) && ANSWERS.has(key)) {
        this.#message = null;
        this.#make = make;
        return key === "y";
      }
    }
  }

  /** Shows a text until it has been read. */
  async read(title: string, text: string): Promise<void> {
    const scroll = this.#scroll;
    this.#scroll = 0;
    do {
      this.show(() => ({ head: [title, ""], body: pageRows(text, this.width), keys: PAGE_KEYS }));
    } while (this.scrollBy(await this.key()));
    this.#scroll = scroll;
  }
}

const ANSWERS: ReadonlySet<Key> = new Set(["y", "n", "q", "escape"]);
