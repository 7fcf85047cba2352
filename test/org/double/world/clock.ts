/** The forge's time: the machine's, plus what a test has added to it. */
export class Clock {
  #ahead = 0;

  now(): Date {
    return new Date(Date.now() + this.#ahead);
  }

  /** Moves the forge's time on: tokens expire, limits start anew. */
  advance(seconds: number): void {
    this.#ahead += seconds * 1000;
  }
}
