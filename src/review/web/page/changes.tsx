import { useEffect, useRef } from "preact/hooks";
import { printable } from "../../../report/text.ts";
import type { Detail, OfferedChange } from "../protocol.ts";
import type { State, Store } from "./store.ts";
import { Icon } from "./icons.tsx";

/** The changes of one Dockerfile, each to accept or reject, and what else a person should know. */
export function Changes({ store, state }: { store: Store; state: State }) {
  const { detail } = state;
  if (detail === null) return null;
  return (
    <div class="changes">
      {detail.changes.length > 0 && (
        <ol class="cards" aria-label="Changes">
          {detail.changes.map((change, index) => (
            <Card key={change.id} change={change} number={index + 1} store={store} state={state} />
          ))}
        </ol>
      )}
      <AdviceList detail={detail} store={store} />
    </div>
  );
}

interface CardProps {
  readonly change: OfferedChange;
  readonly number: number;
  readonly store: Store;
  readonly state: State;
}

function Card({ change, number, store, state }: CardProps) {
  const { id, title, reason, verdict, applicability } = change;
  const isCurrent = state.change === id;
  const card = useRef<HTMLElement>(null);
  useEffect(() => {
    if (isCurrent) card.current?.scrollIntoView({ block: "nearest" });
  }, [isCurrent]);
  const isManual = applicability === "manual";
  const name = printable(title);
  return (
    <li>
      <article
        ref={card}
        class={`card ${isManual ? "manual" : verdict}${isCurrent ? " current" : ""}`}
        aria-label={`Change ${number}: ${name}`}
        aria-current={isCurrent ? "true" : undefined}
        onClick={() => isCurrent || store.select(id)}
      >
        <header>
          <span class="change-number" aria-hidden="true">
            {number}
          </span>
          <h3>
            <button class="plain" onClick={() => store.select(id)}>
              {name}
            </button>
          </h3>
        </header>
        <p class="reason">{printable(reason)}</p>
        <EvidenceList change={change} store={store} />
        <Relations change={change} store={store} />
        <footer>
          <span class="tags">
            <button
              class="chip link"
              title="What this pass does"
              onClick={() => store.set({ dialog: { kind: "page", topic: change.pass } })}
            >
              {printable(change.pass)}
            </button>
            <span class={`chip ${applicability}`} title={CERTAINTY[applicability]}>
              {applicability}
            </span>
            {change.separable === true && store.source.live !== null && (
              <button
                class="chip link"
                title="Decide on each of its edits (s)"
                disabled={store.isReadOnly}
                onClick={() => void store.split(change)}
              >
                split
              </button>
            )}
          </span>
          {isManual ? (
            <span class="quiet">advice: never applied</span>
          ) : store.source.live === null ? null : (
            <span class="choice" role="group" aria-label={`Decide on: ${name}`}>
              <button
                class="accept"
                aria-pressed={verdict === "accepted"}
                disabled={store.isReadOnly}
                onClick={(event) => choose(event, store, change, "accepted")}
              >
                <Icon name="check" /> Accept
              </button>
              <button
                class="reject"
                aria-pressed={verdict === "rejected"}
                disabled={store.isReadOnly}
                onClick={(event) => choose(event, store, change, "rejected")}
              >
                <Icon name="cross" /> Reject
              </button>
            </span>
          )}
        </footer>
      </article>
    </li>
  );
}

/** A second press takes the verdict back. */
function choose(event: Event, store: Store, change: OfferedChange, verdict: "accepted" | "rejected"): void {
  event.stopPropagation();
  store.select(change.id);
  void store.decide(change, change.verdict === verdict ? "undecided" : verdict);
}

const CERTAINTY = {
  safe: "Safe: behaviour is kept; known from the files",
  likely: "Likely: rests on an assumption, which the reason tells",
  manual: "Manual: shown as advice, never applied by itself",
};

function EvidenceList({ change, store }: { change: OfferedChange; store: Store }) {
  if (change.evidence.length === 0) return null;
  return (
    <ul class="evidence" aria-label="Evidence">
      {change.evidence.map(({ source, where, line, says, isFile }, index) => (
        <li key={index}>
          {source !== "option" && <Place path={where} line={line} isLink={isFile} store={store} />}
          <span>{printable(says)}</span>
        </li>
      ))}
    </ul>
  );
}

/** A file and a line; a link where there is something to see. */
export function Place({
  path,
  line,
  isLink,
  store,
}: {
  path: string;
  line: number | null;
  isLink: boolean;
  store: Store;
}) {
  const text = printable(path.slice(path.lastIndexOf("/") + 1)) + (line === null ? "" : `:${line}`);
  const title = printable(path);
  const isShown = store.state.detail?.files.some((file) => file.path === path) ?? false;
  if (!isLink || (store.source.live === null && !isShown)) {
    return <code title={title}>{isLink ? text : printable(path)}</code>;
  }
  const follow = (event: Event): void => {
    event.stopPropagation();
    store.look(path, line);
  };
  return (
    <button class="place" title={`Show ${title}`} onClick={follow}>
      <code>{text}</code>
    </button>
  );
}

function Relations({ change, store }: { change: OfferedChange; store: Store }) {
  const link = (id: string) => (
    <button
      class="relation"
      onClick={(event) => {
        event.stopPropagation();
        store.select(id);
      }}
    >
      {numberOf(store, id)}
    </button>
  );
  const list = (ids: readonly string[]) =>
    [...ids]
      .sort((a, b) => numberOf(store, a) - numberOf(store, b))
      .map((id) => <span key={id}>{link(id)} </span>);
  const others = [...new Set(change.edits.map((edit) => edit.path))].filter(
    (path) => path !== store.state.dockerfile,
  );
  // Two changes that need each other are told of once.
  const needs = change.needs;
  const neededBy = change.neededBy.filter((id) => !needs.includes(id));
  if (needs.length + neededBy.length + others.length === 0) return null;
  return (
    <p class="relations">
      {others.length > 0 && (
        <span>
          also changes{" "}
          {others.map((path) => (
            <code key={path} title={printable(path)}>
              {printable(path.slice(path.lastIndexOf("/") + 1))}{" "}
            </code>
          ))}
        </span>
      )}
      {needs.length > 0 && <span>needs {list(needs)}</span>}
      {neededBy.length > 0 && <span>needed by {list(neededBy)}</span>}
    </p>
  );
}

function numberOf(store: Store, id: string): number {
  return store.changes.findIndex((change) => change.id === id) + 1;
}

function AdviceList({ detail, store }: { detail: Detail; store: Store }) {
  const manual = new Set(
    detail.changes.filter(({ applicability }) => applicability === "manual").map(({ title }) => title),
  );
  const advice = detail.advice.filter(({ title }) => !manual.has(title));
  if (advice.length === 0) return null;
  return (
    <section class="advice" aria-label="What to know">
      <h3>
        <Icon name="info" /> What to know
      </h3>
      <ul>
        {advice.map(({ title, reason, path, line }) => (
          <li key={`${title} ${path} ${line}`}>
            <strong>{printable(title)}</strong>
            <p>{printable(reason)}</p>
            <Place path={path} line={line} isLink store={store} />
          </li>
        ))}
      </ul>
    </section>
  );
}
