import { nextTheme } from "./top-bar.tsx";
import type { State, Store } from "./store.ts";

/** One key and what it does; the same letters as in the terminal. */
export interface Key {
  readonly keys: readonly string[];
  readonly shown: string;
  readonly says: string;
  readonly when: "always" | "live";
  run(store: Store, state: State): void;
}

export const KEYS: readonly Key[] = [
  key(["j", "ArrowDown"], "j  ↓", "next change", (store) => store.stepChange(1)),
  key(["k", "ArrowUp"], "k  ↑", "previous change", (store) => store.stepChange(-1)),
  live(["y"], "y", "accept the change, and go on", (store) => decideAndGoOn(store, "accepted")),
  live(["n"], "n", "reject the change, and go on", (store) => decideAndGoOn(store, "rejected")),
  live([" "], "Space", "turn the change on or off", (store) => {
    const change = store.current;
    if (change !== null) void store.decide(change, change.verdict === "rejected" ? "accepted" : "rejected");
  }),
  live(
    ["a"],
    "a",
    "accept the rest of this Dockerfile",
    (store) => void store.decideRest("accepted", "here"),
  ),
  live(
    ["d"],
    "d",
    "reject the rest of this Dockerfile",
    (store) => void store.decideRest("rejected", "here"),
  ),
  live(["A"], "A", "accept the rest everywhere", (store) => void store.decideRest("accepted", "everywhere")),
  live(["s"], "s", "split the change into its edits", (store) => {
    if (store.current !== null) void store.split(store.current);
  }),
  live(["u"], "u", "undo", (store) => void store.undo()),
  key(["]", "J"], "]  J", "next Dockerfile", (store) => void store.step(1)),
  key(["[", "K"], "[  K", "previous Dockerfile", (store) => void store.step(-1)),
  key(["w"], "w", "why: the page of the change's pass", (store) => {
    const topic = store.current?.pass;
    if (topic !== undefined) store.set({ dialog: { kind: "page", topic } });
  }),
  key(["o"], "o", "open the line that the change rests on", (store) => {
    const evidence = store.current?.evidence.find(({ isFile }) => isFile);
    if (evidence !== undefined) store.look(evidence.where, evidence.line);
  }),
  key(["v"], "v", "side by side, or unified", (store, { layout }) =>
    store.set({ layout: layout === "split" ? "unified" : "split" }),
  ),
  key(["1"], "1", "the changes", (store) => store.set({ tab: "changes" })),
  key(["2"], "2", "the image before and after", (store) => store.set({ tab: "image" })),
  key(["3"], "3", "the verification", (store) => store.set({ tab: "verify" })),
  key(["/"], "/", "filter the Dockerfiles", (store) => {
    store.set({ isListOpen: true });
    requestAnimationFrame(() => document.querySelector<HTMLInputElement>(".list input")?.focus());
  }),
  key(["t"], "t", "light, dark, or as the system", (store, { theme }) =>
    store.set({ theme: nextTheme(theme) }),
  ),
  live(["Enter"], "Enter", "apply: write the files", (store) => store.set({ dialog: { kind: "apply" } })),
  key(["?"], "?", "this help", (store) => store.set({ dialog: { kind: "help" } })),
];

function key(keys: readonly string[], shown: string, says: string, run: Key["run"]): Key {
  return { keys, shown, says, when: "always", run };
}

function live(keys: readonly string[], shown: string, says: string, run: Key["run"]): Key {
  return { keys, shown, says, when: "live", run };
}

function decideAndGoOn(store: Store, verdict: "accepted" | "rejected"): void {
  const change = store.current;
  if (change === null) return;
  void store.decide(change, verdict).then(() => {
    if (store.state.dialog === null && store.state.change === change.id) store.stepChange(1);
  });
}

/** Keys work everywhere but in fields, and on buttons all but those that press them. */
export function listenForKeys(store: Store): void {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    const target = event.target as HTMLElement;
    if (event.key === "Escape") {
      if (target instanceof HTMLInputElement) target.blur();
      else if (store.state.isListOpen) store.set({ isListOpen: false });
      return;
    }
    if (store.state.dialog !== null || target.closest("input, textarea, select") !== null) return;
    const presses = event.key === "Enter" || event.key === " ";
    if (presses && target.closest("button, a, summary") !== null) return;
    const arrows = event.key === "ArrowDown" || event.key === "ArrowUp";
    if (arrows && target.closest(".cm-content, pre, .scroll, dialog") !== null) return;
    const found = KEYS.find(({ keys }) => keys.includes(event.key));
    if (found === undefined || (found.when === "live" && store.source.live === null)) return;
    event.preventDefault();
    found.run(store, store.state);
  });
}
