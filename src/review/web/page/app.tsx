import { useLayoutEffect, useReducer } from "preact/hooks";
import { printable } from "../../../report/text.ts";
import type { Detail } from "../protocol.ts";
import { Changes, Place } from "./changes.tsx";
import { Dialogs } from "./dialogs.tsx";
import { Files } from "./diff-view.tsx";
import { FileList } from "./file-list.tsx";
import { Icon } from "./icons.tsx";
import { Picture } from "./picture.tsx";
import { saveDecisions, TopBar } from "./top-bar.tsx";
import type { State, Store, Tab } from "./store.ts";
import { Verify } from "./verification.tsx";

export function App({ store }: { store: Store }) {
  const [, draw] = useReducer<number, null>((count) => count + 1, 0);
  // Before the browser paints: a report is read faster than that.
  useLayoutEffect(() => store.subscribe(() => draw(null)), [store]);
  const { state } = store;
  return (
    <>
      <TopBar store={store} state={state} />
      {state.problem !== null && <Gone state={state} />}
      <div class="columns">
        <FileList store={store} state={state} />
        <main>
          {state.detail === null ? (
            <p class="starting" role="status">
              {state.overview?.items.length === 0 ? "There is no Dockerfile here." : "Reading…"}
            </p>
          ) : (
            <Dockerfile store={store} state={state} detail={state.detail} />
          )}
        </main>
      </div>
      <div class="messages" role="status" aria-live="polite">
        {state.message !== null && (
          <p class={state.message.isError ? "error" : ""}>{printable(state.message.text)}</p>
        )}
      </div>
      <Dialogs store={store} state={state} />
    </>
  );
}

function Gone({ state }: { state: State }) {
  const isDone = state.overview?.applied != null;
  return (
    <div class="gone" role="alert">
      <p>
        <strong>{printable(state.problem ?? "")}.</strong>{" "}
        {isDone
          ? "The files are written."
          : "Your choices are still here; nothing more can be written from this page."}
      </p>
      {!isDone && state.decisions !== null && (
        <p>
          <button onClick={() => saveDecisions(state)}>
            <Icon name="save" /> Save the choices
          </button>{" "}
          and go on with <code>deroot review --web --decisions decisions.json</code>
        </p>
      )}
    </div>
  );
}

interface DockerfileProps {
  readonly store: Store;
  readonly state: State;
  readonly detail: Detail;
}

function Dockerfile({ store, state, detail }: DockerfileProps) {
  const tabs = TABS.filter(
    ({ tab }) => tab !== "changes" || detail.changes.length + detail.advice.length > 0,
  );
  const wanted = tabs.some(({ tab }) => tab === state.tab) ? state.tab : "files";
  return (
    <>
      <Head store={store} detail={detail} />
      <div class={`tabs on-${wanted}`}>
        <div role="tablist" aria-label="Views" onKeyDown={(event) => moveInTabs(event, store, tabs, wanted)}>
          {tabs.map(({ tab, label }) => (
            <button
              key={tab}
              role="tab"
              id={`tab-${tab}`}
              class={`tab-${tab}`}
              aria-selected={wanted === tab}
              aria-controls="panel"
              tabIndex={wanted === tab ? 0 : -1}
              onClick={() => store.set({ tab })}
            >
              {label}
              {tab === "changes" && ` ${detail.changes.length}`}
              {tab === "files" && ` ${detail.files.length}`}
            </button>
          ))}
        </div>
        {detail.files.some(({ before, after }) => before !== after) && (
          <div class="layout" role="group" aria-label="Diff">
            <button aria-pressed={state.layout === "split"} onClick={() => store.set({ layout: "split" })}>
              Side by side
            </button>
            <button
              aria-pressed={state.layout === "unified"}
              onClick={() => store.set({ layout: "unified" })}
            >
              Unified
            </button>
          </div>
        )}
      </div>
      <div id="panel" role="tabpanel" aria-labelledby={`tab-${wanted}`} class={`panel show-${wanted}`}>
        {(wanted === "changes" || wanted === "files") && (
          <>
            {tabs[0]?.tab === "changes" && (
              <div class="pane-changes">
                <Bulk store={store} detail={detail} />
                <Changes store={store} state={state} />
              </div>
            )}
            <div class="pane-files">
              <Files store={store} state={state} />
            </div>
          </>
        )}
        {wanted === "image" && <Picture detail={detail} store={store} />}
        {wanted === "verify" && <Verify store={store} state={state} />}
      </div>
    </>
  );
}

const TABS: readonly { readonly tab: Tab; readonly label: string }[] = [
  { tab: "changes", label: "Changes" },
  { tab: "files", label: "Files" },
  { tab: "image", label: "Image" },
  { tab: "verify", label: "Verify" },
];

/** Arrow keys go through tabs, as readers of screens expect. */
function moveInTabs(event: KeyboardEvent, store: Store, tabs: typeof TABS, current: Tab): void {
  const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (by === undefined) return;
  const visible = tabs.filter(({ tab }) => document.getElementById(`tab-${tab}`)?.offsetParent != null);
  const at = visible.findIndex(({ tab }) => tab === current);
  const next = visible[(at + by + visible.length) % visible.length]?.tab;
  if (next === undefined) return;
  event.preventDefault();
  store.set({ tab: next });
  requestAnimationFrame(() => document.getElementById(`tab-${next}`)?.focus());
}

function Head({ store, detail }: { store: Store; detail: Detail }) {
  const { item, reason, runsAsRoot, account, ports } = detail;
  const path = printable(item.dockerfile);
  const slash = path.lastIndexOf("/") + 1;
  return (
    <div class="head">
      <h2>
        <span class="folder">{path.slice(0, slash)}</span>
        <wbr />
        {path.slice(slash)} <span class={`chip status ${item.status ?? ""}`}>{item.status}</span>
        {detail.isEdited && <span class="chip"> edited by hand</span>}
      </h2>
      <p class="summary">
        {runsAsRoot.before === true && runsAsRoot.after === false && (
          <span class="move">
            <span class="who root">root</span> <Icon name="arrow" />{" "}
            <span class="who user">{accountName(account)}</span>
          </span>
        )}
        {runsAsRoot.before === true && runsAsRoot.after === true && item.changes > 0 && (
          <span class="move">
            <span class="who root">still runs as root</span>
          </span>
        )}
        {ports.map(({ from, to, protocol }) => (
          <span class="move" key={`${from}/${protocol}`}>
            port <b>{from}</b> <Icon name="arrow" /> <b>{to}</b>
          </span>
        ))}
      </p>
      {reason !== null && (
        <div class={`reason-box ${item.status ?? ""}`}>
          <p>
            <strong>{printable(reason.message)}</strong>{" "}
            {reason.line !== null && <Place path={item.dockerfile} line={reason.line} isLink store={store} />}
          </p>
          {reason.remedy !== null && <p>{printable(reason.remedy)}</p>}
          <button
            class="chip link"
            onClick={() => store.set({ dialog: { kind: "page", topic: reason.code } })}
          >
            {printable(reason.code)}
          </button>
        </div>
      )}
    </div>
  );
}

function accountName(account: Detail["account"]): string {
  if (account === null) return "unprivileged";
  const { name, uid } = account;
  return printable(name === null ? String(uid) : uid === null ? name : `${name} (${uid})`);
}

function Bulk({ store, detail }: { store: Store; detail: Detail }) {
  const { item } = detail;
  const open = item.changes - item.accepted - item.rejected;
  if (store.source.live === null || item.changes === 0) return null;
  return (
    <div class="bulk" role="group" aria-label="All changes of this Dockerfile">
      <span class="quiet">
        {open === 0 ? `all decided: ${item.accepted} accepted` : `${open} of ${item.changes} left`}
      </span>
      <button
        class="small"
        disabled={open === 0 || store.isReadOnly}
        onClick={() => void store.decideRest("accepted", "here")}
      >
        Accept rest
      </button>
      <button
        class="small"
        disabled={open === 0 || store.isReadOnly}
        onClick={() => void store.decideRest("rejected", "here")}
      >
        Reject rest
      </button>
    </div>
  );
}
