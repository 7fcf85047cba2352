import { useEffect, useRef } from "preact/hooks";
import { printable } from "../../../report/text.ts";
import type { Item } from "../protocol.ts";
import { Icon, type IconName } from "./icons.tsx";
import { isOpen, type Filter, type State, type Store } from "./store.ts";

/** The Dockerfiles, with what became of each. */
export function FileList({ store, state }: { store: Store; state: State }) {
  const items = state.overview?.items ?? [];
  const isLive = store.source.live !== null;
  const filters = FILTERS.filter(({ name }) => name !== (isLive ? "rewritten" : "open"))
    .map((filter) => ({ ...filter, count: items.filter(filter.has).length }))
    .filter(({ name, count }) => count > 0 || name === "all");
  const listed = store.listed;
  return (
    <nav class={`list${state.isListOpen ? " open" : ""}`} aria-label="Dockerfiles" id="dockerfiles">
      <div class="list-head">
        <input
          type="search"
          placeholder="Filter paths  ( / )"
          aria-label="Filter Dockerfiles by path"
          value={state.search}
          onInput={(event) => store.set({ search: event.currentTarget.value })}
        />
        <div class="filters" role="group" aria-label="Show">
          {filters.map(({ name, label, count }) => (
            <button
              key={name}
              aria-pressed={state.filter === name}
              onClick={() => store.set({ filter: name })}
            >
              {label} <b>{count}</b>
            </button>
          ))}
        </div>
      </div>
      <ul>
        {listed.map((item) => (
          <Row
            key={item.dockerfile}
            item={item}
            isCurrent={item.dockerfile === state.dockerfile}
            store={store}
          />
        ))}
      </ul>
      {listed.length === 0 && <p class="quiet nothing">No Dockerfile fits.</p>}
    </nav>
  );
}

const FILTERS: readonly { name: Filter; label: string; has: (item: Item) => boolean }[] = [
  { name: "all", label: "All", has: () => true },
  { name: "open", label: "To decide", has: isOpen },
  { name: "rewritten", label: "Rewritten", has: ({ status }) => status === "rewritten" },
  { name: "declined", label: "Declined", has: ({ status }) => status === "declined" },
  { name: "unchanged", label: "Unchanged", has: ({ status }) => status === "unchanged" },
  { name: "failed", label: "Failed", has: ({ status }) => status === "failed" },
];

function Row({ item, isCurrent, store }: { item: Item; isCurrent: boolean; store: Store }) {
  const row = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (isCurrent) row.current?.scrollIntoView({ block: "nearest" });
  }, [isCurrent]);
  const path = printable(item.dockerfile);
  const slash = path.lastIndexOf("/") + 1;
  const state = stateOf(item, store.source.live !== null);
  return (
    <li>
      <button
        ref={row}
        class={`row ${state.kind}`}
        aria-current={isCurrent ? "true" : undefined}
        onClick={() => void store.show(item.dockerfile)}
      >
        <span class="state" title={state.says}>
          <Icon name={state.icon} />
          <span class="sr-only">{state.says}: </span>
        </span>
        <span class="names">
          <span class="name">
            <span class="folder">{path.slice(0, slash)}</span>
            <wbr />
            {path.slice(slash)}
          </span>
          <span class="outcome">{printable(item.outcome)}</span>
        </span>
        {item.changes > 0 && store.source.live !== null && (
          <span class="decided" title={`${item.accepted + item.rejected} of ${item.changes} decided`}>
            {item.accepted + item.rejected}/{item.changes}
          </span>
        )}
      </button>
    </li>
  );
}

/** What a Dockerfile's sign in the list is. */
function stateOf(item: Item, isLive: boolean): { kind: string; icon: IconName; says: string } {
  switch (item.status) {
    case null:
      return { kind: "waiting", icon: "dots", says: "Not looked at yet" };
    case "declined":
      return { kind: "declined", icon: "stop", says: "Declined" };
    case "failed":
      return { kind: "failed", icon: "cross", says: "Failed" };
    case "unchanged":
      return { kind: "unchanged", icon: "minus", says: "Unchanged" };
    case "rewritten":
      if (item.verified === "different")
        return { kind: "failed", icon: "cross", says: "Rewritten; behaves differently" };
      if (isOpen(item)) return { kind: "open", icon: "arrow", says: "Rewritten; to decide" };
      return { kind: "done", icon: "check", says: isLive ? "Decided" : "Rewritten" };
  }
}
