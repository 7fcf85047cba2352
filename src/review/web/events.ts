import type { ServerResponse } from "node:http";
import type { Event } from "./protocol.ts";

/** Tells every open page what happens: server-sent events. */
export class Events {
  readonly #streams = new Set<ServerResponse>();
  readonly #onCount: (open: number) => void;
  readonly #heart: NodeJS.Timeout;

  /** @param onCount told how many pages are open, whenever that changes. */
  constructor(onCount: (open: number) => void) {
    this.#onCount = onCount;
    // A proxy in between (a forwarded port) gives up on a silent stream, and a dead one is noticed by writing to it.
    this.#heart = setInterval(() => this.#send(": still here\n\n"), HEARTBEAT_MS);
    this.#heart.unref();
  }

  /** Keeps the answer open as a stream. It begins with `first`, so that nothing told before is missed. */
  open(response: ServerResponse, headers: Record<string, string>, first: Event): void {
    response.writeHead(200, { ...headers, "content-type": "text/event-stream; charset=utf-8" });
    response.write(blockOf(first));
    this.#streams.add(response);
    this.#onCount(this.#streams.size);
    response.on("close", () => {
      this.#streams.delete(response);
      this.#onCount(this.#streams.size);
    });
  }

  tell(event: Event): void {
    this.#send(blockOf(event));
  }

  close(): void {
    clearInterval(this.#heart);
    for (const stream of this.#streams) stream.end();
  }

  #send(text: string): void {
    for (const stream of this.#streams) {
      // A page that has stopped reading gets no more than it left room for; it asks anew when it wakes.
      if (stream.writableLength < MOST_WAITING) stream.write(text);
      else stream.destroy();
    }
  }
}

function blockOf(event: Event): string {
  return `data: ${JSON.stringify(event)}\n\n`;
}

const HEARTBEAT_MS = 20_000;
const MOST_WAITING = 4 * 1024 * 1024;
