import { printable } from "../../../report/text.ts";
import { Icon, type IconName } from "./icons.tsx";
import type { State, Store, Theme } from "./store.ts";

/** Name, progress, and what concerns all Dockerfiles. */
export function TopBar({ store, state }: { store: Store; state: State }) {
  const { overview } = state;
  const items = overview?.items ?? [];
  const sum = (count: (item: (typeof items)[number]) => number): number =>
    items.reduce((total, item) => total + count(item), 0);
  const changes = sum((item) => item.changes);
  const decided = sum((item) => item.accepted + item.rejected);
  const reading = items.filter((item) => item.status === null).length;
  const isLive = store.source.live !== null;
  const isApplied = overview?.applied != null;
  return (
    <header class="top">
      <button
        class="icon-button list-button"
        aria-expanded={state.isListOpen}
        aria-controls="dockerfiles"
        onClick={() => store.set({ isListOpen: !state.isListOpen })}
      >
        <Icon name="menu" />
        <span class="sr-only">Dockerfiles</span>
      </button>
      <h1>
        <span class="brand">deroot</span> <span class="project">{printable(overview?.project ?? "")}</span>
      </h1>
      {isLive ? (
        <div class="progress">
          <progress
            max={Math.max(changes, 1)}
            value={decided}
            aria-label={`${decided} of ${changes} changes decided`}
          />
          <span>
            {reading > 0
              ? `reading ${items.length - reading} of ${items.length}…`
              : `${decided} of ${changes} decided`}
          </span>
        </div>
      ) : (
        <div class="progress">
          <span>{totals(items.map((item) => item.status))}</span>
        </div>
      )}
      <div class="tools">
        {isLive && (
          <>
            <Tool
              icon="undo"
              label="Undo (u)"
              disabled={store.isReadOnly}
              onClick={() => void store.undo()}
            />
            <Tool icon="save" label="Save the choices to a file" onClick={() => saveDecisions(state)} />
          </>
        )}
        <Tool
          icon={state.theme === "system" ? "system" : state.theme === "dark" ? "moon" : "sun"}
          label={`Colours: ${state.theme} (t)`}
          onClick={() => store.set({ theme: nextTheme(state.theme) })}
        />
        <button class="icon-button" title="Keys (?)" onClick={() => store.set({ dialog: { kind: "help" } })}>
          <span aria-hidden="true">?</span>
          <span class="sr-only">Keys</span>
        </button>
        {isLive && (
          <button
            class="primary"
            disabled={reading > 0 || (changes === 0 && !isApplied)}
            onClick={() => store.set({ dialog: { kind: "apply" } })}
          >
            {isApplied ? "Written" : "Apply…"}
          </button>
        )}
      </div>
    </header>
  );
}

interface ToolProps {
  readonly icon: IconName;
  readonly label: string;
  readonly disabled?: boolean;
  onClick(): void;
}

function Tool({ icon, label, disabled = false, onClick }: ToolProps) {
  return (
    <button class="icon-button" title={label} disabled={disabled} onClick={onClick}>
      <Icon name={icon} />
      <span class="sr-only">{label}</span>
    </button>
  );
}

export function nextTheme(theme: Theme): Theme {
  return theme === "system" ? "light" : theme === "light" ? "dark" : "system";
}

function totals(statuses: readonly (string | null)[]): string {
  const count = (wanted: string): number => statuses.filter((status) => status === wanted).length;
  return ["rewritten", "unchanged", "declined", "failed"]
    .filter((status) => count(status) > 0)
    .map((status) => `${count(status)} ${status}`)
    .join(", ");
}

/** Offers the choices as a download: what `deroot review --decisions FILE` reads. */
export function saveDecisions({ decisions }: State): void {
  if (decisions === null) return;
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([decisions], { type: "application/json" }));
  link.download = "decisions.json";
  link.click();
  URL.revokeObjectURL(link.href);
}
