import { useEffect, useRef } from "preact/hooks";
import { printable } from "../../../report/text.ts";
import type { VerificationView } from "../protocol.ts";
import { Icon } from "./icons.tsx";
import type { State, Store } from "./store.ts";

/** Builds and runs the image before and after, and tells what differs. */
export function Verify({ store, state }: { store: Store; state: State }) {
  const { detail, overview } = state;
  if (detail === null) return null;
  const running = overview?.verifying ?? null;
  const isHere = running === detail.item.dockerfile;
  return (
    <div class="verify">
      {store.source.live !== null && detail.item.status === "rewritten" && (
        <div class="verify-start">
          <p>
            Builds the image as it is and as the accepted changes make it, runs both with a container engine
            on this machine, and compares what they do. <strong>This runs code of the project.</strong>
          </p>
          {running === null ? (
            <button class="primary" disabled={overview?.applied != null} onClick={() => void store.verify()}>
              <Icon name="play" /> {detail.verification === null ? "Verify" : "Verify again"}
            </button>
          ) : isHere ? (
            <button onClick={() => void store.cancel()}>
              <Icon name="cross" /> Cancel
            </button>
          ) : (
            <p class="quiet">{printable(running)} is being verified.</p>
          )}
        </div>
      )}
      {isHere && <Progress state={state} />}
      {!isHere && detail.verification !== null && <Result verification={detail.verification} />}
      {!isHere && detail.verification === null && detail.item.status !== "rewritten" && (
        <p class="quiet nothing">There is nothing to compare: deroot leaves this Dockerfile as it is.</p>
      )}
      {store.source.live === null && detail.verification === null && detail.item.status === "rewritten" && (
        <p class="quiet nothing">
          Not verified. <code>deroot verify</code> builds and runs the image before and after.
        </p>
      )}
    </div>
  );
}

function Progress({ state }: { state: State }) {
  const end = useRef<HTMLPreElement>(null);
  useEffect(() => {
    end.current?.scrollTo({ top: end.current.scrollHeight });
  }, [state.progress]);
  const stage = state.progress.at(-1)?.stage;
  return (
    <div class="log">
      <p role="status">
        <span class="spinner" aria-hidden="true" />{" "}
        {stage === undefined ? "Looking for an engine" : printable(stage)}…
      </p>
      <pre ref={end} tabIndex={0} aria-label="What the engine says">
        {state.progress.map(({ stage: each, line }, index) => (
          <span key={index}>
            <b>{printable(each)}</b> {printable(line)}
            {"\n"}
          </span>
        ))}
      </pre>
    </div>
  );
}

const VERDICTS = {
  same: "It behaves the same, without root.",
  different: "It behaves differently.",
  "not comparable": "The two could not be compared.",
  skipped: "There was nothing to compare.",
};

function Result({ verification }: { verification: VerificationView }) {
  const { verdict, reason, remedy, findings, notes, facts, engine, seconds, stale } = verification;
  return (
    <section class="result" aria-label="Result of the verification">
      <p class={`verdict ${verdict.replace(" ", "-")}`} role="status">
        <Icon name={verdict === "same" ? "check" : verdict === "different" ? "cross" : "stop"} />
        <strong>{VERDICTS[verdict]}</strong>{" "}
        <span class="quiet">
          {printable(engine)}, {seconds.toFixed(1)} s
        </span>
      </p>
      {stale && <p class="note">The choices have changed since; verify again.</p>}
      {reason !== null && <p>{printable(reason)}</p>}
      {remedy !== null && <p class="quiet">{printable(remedy)}</p>}
      {findings.length > 0 && (
        <ul class="findings">
          {findings.map(({ says, details }, index) => (
            <li key={index}>
              <strong>{printable(says)}</strong>
              {details.length > 0 && (
                <pre tabIndex={0} aria-label="Details">
                  {details.map(printable).join("\n")}
                </pre>
              )}
            </li>
          ))}
        </ul>
      )}
      {facts.length > 0 && (
        <div class="scroll" tabIndex={0} role="region" aria-label="What was seen">
          <table>
            <thead>
              <tr>
                <td />
                <th scope="col">Before</th>
                <th scope="col">After</th>
              </tr>
            </thead>
            <tbody>
              {facts.map(({ name, before, after }) => (
                <tr key={name}>
                  <th scope="row">{name}</th>
                  <td>{printable(before)}</td>
                  <td class={before === after ? "" : "differs"}>{printable(after)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {notes.length > 0 && (
        <ul class="quiet">
          {notes.map((note, index) => (
            <li key={index}>{printable(note)}</li>
          ))}
        </ul>
      )}
    </section>
  );
}
