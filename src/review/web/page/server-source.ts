import type { Verdict } from "../../verdicts.ts";
import type { Event, Refusal } from "../protocol.ts";
import { SourceError, type Listener, type Live, type Source } from "./source.ts";

/** The server that this page came from. */
export function serverSource(token: string): Source {
  const ask = async <T>(path: string, init: RequestInit = {}): Promise<T> => {
    const headers = { authorization: `Bearer ${token}`, ...init.headers };
    let response: Response;
    try {
      response = await fetch(path, { ...init, headers });
    } catch {
      throw new SourceError(0, GONE);
    }
    const value: unknown = await response.json();
    if (response.ok) return value as T;
    const { message, hint } = value as Refusal;
    throw new SourceError(response.status, message, hint);
  };
  const get = <T>(path: string, query: Record<string, string> = {}): Promise<T> =>
    ask(Object.keys(query).length === 0 ? path : `${path}?${new URLSearchParams(query)}`);
  const post = <T>(path: string, input: object = {}): Promise<T> =>
    ask(path, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(input),
    });
  const live: Live = {
    decide: (dockerfile: string, change: string, verdict: Verdict, withNeeded: boolean) =>
      post("/api/decide", { dockerfile, change, verdict, withNeeded }),
    split: (dockerfile, change) => post("/api/split", { dockerfile, change }),
    decideRest: async (dockerfile, verdict) => {
      await post("/api/decide-rest", { dockerfile, verdict });
    },
    undo: () => post("/api/undo"),
    apply: () => post("/api/apply"),
    verify: async (dockerfile) => {
      await post("/api/verify", { dockerfile });
    },
    cancel: async () => {
      await post("/api/cancel");
    },
    decisions: async () => (await get<{ text: string }>("/api/decisions")).text,
    source: (path) => get("/api/source", { path }),
    close: async () => {
      await post("/api/close");
    },
    listen: (listener) => void follow(token, listener),
  };
  return {
    overview: () => get("/api/overview"),
    detail: (dockerfile) => get("/api/detail", { dockerfile }),
    page: (topic) => get("/api/page", { topic }),
    live,
  };
}

const GONE = "deroot has ended, or cannot be reached";
const PAUSE_MS = 1500;

/** Reads the stream of events, again and again. `EventSource` cannot send the token. */
async function follow(token: string, listener: Listener): Promise<void> {
  for (;;) {
    try {
      const response = await fetch("/api/events", { headers: { authorization: `Bearer ${token}` } });
      if (response.status === 401) return listener.connection(ANOTHER);
      if (response.ok && response.body !== null) {
        listener.connection(null);
        for await (const event of eventsIn(response.body)) {
          if (event.type === "bye") return listener.connection(event.message);
          listener.event(event);
        }
      }
    } catch {
      // The same as an end of the stream.
    }
    listener.connection(GONE);
    await new Promise((done) => setTimeout(done, PAUSE_MS));
  }
}

const ANOTHER = "Another deroot answers here now; open the address that it printed";

async function* eventsIn(stream: ReadableStream<Uint8Array>): AsyncGenerator<Event> {
  let text = "";
  const decoder = new TextDecoder();
  const reader = stream.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    text += decoder.decode(value, { stream: true });
    const blocks = text.split("\n\n");
    text = blocks.pop()!;
    for (const block of blocks) {
      if (block.startsWith("data: ")) yield JSON.parse(block.slice("data: ".length)) as Event;
    }
  }
}
