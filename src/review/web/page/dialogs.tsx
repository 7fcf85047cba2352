import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { printable } from "../../../report/text.ts";
import type { Applied, OfferedChange, SourceText } from "../protocol.ts";
import { showText } from "./editor.ts";
import { Icon } from "./icons.tsx";
import { KEYS } from "./keys.ts";
import { Markdown } from "./markdown.tsx";
import { SourceError } from "./source.ts";
import type { State, Store } from "./store.ts";

/** What lies over the page, if anything. */
export function Dialogs({ store, state }: { store: Store; state: State }) {
  const { dialog } = state;
  if (dialog === null) return null;
  switch (dialog.kind) {
    case "help":
      return <Help store={store} />;
    case "apply":
      return <Apply store={store} state={state} />;
    case "page":
      return <PageDialog store={store} topic={dialog.topic} />;
    case "source":
      return <SourceDialog store={store} path={dialog.path} line={dialog.line} />;
    case "needs":
      return <Needs store={store} change={dialog.change} needs={dialog.needs} />;
  }
}

interface FrameProps {
  readonly store: Store;
  readonly title: string;
  readonly wide?: boolean;
  readonly children: ComponentChildren;
}

/** A modal dialog: the browser keeps the focus in it and gives it back. */
function Frame({ store, title, wide = false, children }: FrameProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const opener = document.activeElement as HTMLElement | null;
    dialog.current!.showModal();
    return () => opener?.focus();
  }, []);
  const close = (): void => store.set({ dialog: null });
  return (
    <dialog
      ref={dialog}
      class={wide ? "wide" : ""}
      aria-labelledby="dialog-title"
      onClose={close}
      onClick={(event) => event.target === dialog.current && close()}
    >
      <header>
        <h2 id="dialog-title">{title}</h2>
        <button class="icon-button" title="Close (Esc)" onClick={close}>
          <Icon name="cross" />
          <span class="sr-only">Close</span>
        </button>
      </header>
      <div class="dialog-body" tabIndex={0}>
        {children}
      </div>
    </dialog>
  );
}

function Help({ store }: { store: Store }) {
  const keys = KEYS.filter(({ when }) => when === "always" || store.source.live !== null);
  return (
    <Frame store={store} title="Keys">
      <dl class="keys">
        {keys.map(({ shown, says }) => (
          <div key={shown}>
            <dt>
              {shown.split("  ").map((each) => (
                <kbd key={each}>{each}</kbd>
              ))}
            </dt>
            <dd>{says}</dd>
          </div>
        ))}
      </dl>
      <p class="quiet">
        Rejecting a change takes back what rests on it. What you see is what deroot makes of the accepted and
        undecided changes; nothing is written before you apply.
      </p>
    </Frame>
  );
}

function Needs({ store, change, needs }: { store: Store; change: OfferedChange; needs: readonly string[] }) {
  const close = (): void => store.set({ dialog: null });
  return (
    <Frame store={store} title="It needs more">
      <p>
        <strong>{printable(change.title)}</strong> rests on what you rejected:
      </p>
      <ul>
        {needs.map((id) => (
          <li key={id}>{printable(store.titleOf(id))}</li>
        ))}
      </ul>
      <p class="buttons">
        <button onClick={close}>Leave it rejected</button>
        <button
          class="primary"
          autofocus
          onClick={() => {
            close();
            void store.decide(change, "accepted", true);
          }}
        >
          Accept all of them
        </button>
      </p>
    </Frame>
  );
}

function Apply({ store, state }: { store: Store; state: State }) {
  const applied = state.overview?.applied ?? null;
  if (applied !== null) return <Written store={store} applied={applied} />;
  const items = (state.overview?.items ?? []).filter((item) => item.changes > 0);
  const sum = (count: (item: (typeof items)[number]) => number): number =>
    items.reduce((total, item) => total + count(item), 0);
  const accepted = sum((item) => item.accepted);
  const rejected = sum((item) => item.rejected);
  const open = sum((item) => item.changes) - accepted - rejected;
  const write = (rest: "accepted" | "rejected" | null) => (
    <button
      class={rest === "rejected" ? "" : "primary"}
      autofocus={rest !== "rejected"}
      disabled={state.isBusy || (rest !== "accepted" && accepted === 0)}
      onClick={() => void store.apply(rest)}
    >
      {rest === null
        ? `Write ${count(accepted, "change")}`
        : rest === "accepted"
          ? `Accept the rest too: write ${count(accepted + open, "change")}`
          : `Leave the rest out: write ${count(accepted, "change")}`}
    </button>
  );
  return (
    <Frame store={store} title="Apply">
      <dl class="sums">
        <div>
          <dt>accepted</dt>
          <dd>{accepted}</dd>
        </div>
        <div>
          <dt>rejected</dt>
          <dd>{rejected}</dd>
        </div>
        <div>
          <dt>not decided</dt>
          <dd>{open}</dd>
        </div>
      </dl>
      <p>
        The accepted changes are written to the files of{" "}
        <code>{printable(state.overview?.project ?? "")}</code>, all together or not at all. Nothing is
        committed.
      </p>
      <p class="buttons">
        {open === 0 ? (
          write(null)
        ) : (
          <>
            {write("rejected")}
            {write("accepted")}
          </>
        )}
      </p>
    </Frame>
  );
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? "" : "s"}`;
}

function Written({ store, applied }: { store: Store; applied: Applied }) {
  const { files, gitStatus, failures } = applied;
  return (
    <Frame
      store={store}
      title={files.length === 0 ? "Nothing was written" : `${count(files.length, "file")} written`}
    >
      {failures.length > 0 && (
        <ul class="findings">
          {failures.map(({ path, message, hint }) => (
            <li key={path}>
              <strong>{printable(`${path}: ${message}`)}</strong>
              <p class="quiet">{printable(hint)}</p>
            </li>
          ))}
        </ul>
      )}
      {gitStatus === null ? (
        <ul>
          {files.map((file) => (
            <li key={file}>
              <code>{printable(file)}</code>
            </li>
          ))}
        </ul>
      ) : (
        <>
          <h3>git status</h3>
          <pre class="git" tabIndex={0} aria-label="git status">
            {gitStatus.length === 0 ? "clean" : gitStatus.map(printable).join("\n")}
          </pre>
        </>
      )}
      <p>Build and try the images before you commit; git diff shows what changed.</p>
      <p class="buttons">
        <button class="primary" autofocus onClick={() => void store.source.live?.close()}>
          Done: end deroot
        </button>
      </p>
    </Frame>
  );
}

/** What is asked for when the dialog opens; an error is told in its place. */
function useAnswer<T>(ask: () => Promise<T>, key: string): T | string | null {
  const [answer, setAnswer] = useState<T | string | null>(null);
  useEffect(() => {
    let isWanted = true;
    ask().then(
      (value) => isWanted && setAnswer(() => value),
      (error: unknown) => {
        if (!(error instanceof SourceError)) throw error;
        if (isWanted) setAnswer(error.message);
      },
    );
    return () => {
      isWanted = false;
    };
  }, [key]);
  return answer;
}

function PageDialog({ store, topic }: { store: Store; topic: string }) {
  const page = useAnswer(() => store.source.page(topic), topic);
  return (
    <Frame store={store} title={topic} wide>
      <div class="prose">
        {page === null ? (
          "…"
        ) : typeof page === "string" ? (
          <p>{page}</p>
        ) : (
          <Markdown text={page.markdown.replace(/^# .*\n/, "")} />
        )}
      </div>
    </Frame>
  );
}

function SourceDialog({ store, path, line }: { store: Store; path: string; line: number | null }) {
  const source = useAnswer(() => store.source.live!.source(path), path);
  return (
    <Frame store={store} title={printable(path) + (line === null ? "" : `:${line}`)} wide>
      {source === null ? (
        "…"
      ) : typeof source === "string" ? (
        <p>{source}</p>
      ) : (
        <SourceView source={source} line={line} />
      )}
    </Frame>
  );
}

function SourceView({ source, line }: { source: SourceText; line: number | null }) {
  const host = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const view = showText(source.path, source.text, line);
    host.current!.replaceChildren(view.dom);
    if (line !== null) view.look(line);
    return () => view.destroy();
  }, [source, line]);
  return <div class="source" ref={host} />;
}
