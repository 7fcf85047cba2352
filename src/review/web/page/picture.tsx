import { printable } from "../../../report/text.ts";
import type { ImagePicture, PicturePath, PicturePort, PictureStage } from "../../picture.ts";
import type { Detail } from "../protocol.ts";
import { Icon } from "./icons.tsx";
import type { Store } from "./store.ts";

/** The image before and after: who runs what, who owns what, which port goes where. */
export function Picture({ detail, store }: { detail: Detail; store: Store }) {
  const { before, after } = detail.picture;
  if (before === null) return <p class="quiet nothing">There is no picture of a file that cannot be read.</p>;
  const now = after ?? before;
  return (
    <div class="picture">
      <section aria-labelledby="runs-title">
        <h3 id="runs-title">Who it runs as</h3>
        <div class="pair">
          <RunsAs picture={before} title="Before" account={null} />
          <Icon name="arrow" />
          <RunsAs picture={now} title="After" account={detail.account} />
        </div>
      </section>
      <Ports before={before.ports} after={now.ports} moved={detail.ports} store={store} />
      <Owners before={before.paths} after={now.paths} store={store} />
      <section aria-labelledby="stages-title">
        <h3 id="stages-title">Stages, and the user of each step</h3>
        <p class="legend">
          <span class="who root">root</span> <span class="who user">unprivileged</span>{" "}
          <span class="who unknown">not known</span>
        </p>
        <div class="lanes">
          <Lane title="Before" stages={before.stages} />
          <Lane title="After" stages={now.stages} />
        </div>
      </section>
    </div>
  );
}

function RunsAs({
  picture,
  title,
  account,
}: {
  picture: ImagePicture;
  title: string;
  account: Detail["account"];
}) {
  const { user, root } = picture.runsAs;
  const name = account?.name != null && user !== account.name ? ` (${account.name})` : "";
  const kind = user === null ? "unknown" : root ? "root" : "user";
  return (
    <div class={`runs ${kind}`}>
      <span class="quiet">{title}</span>
      <strong>{user === null ? "not known" : printable(root ? "root" : user) + name}</strong>
      {picture.starts !== null && <code>{printable(picture.starts)}</code>}
    </div>
  );
}

interface PortRow {
  readonly before: PicturePort | null;
  readonly after: PicturePort | null;
}

function Ports({
  before,
  after,
  moved,
  store,
}: {
  before: readonly PicturePort[];
  after: readonly PicturePort[];
  moved: Detail["ports"];
  store: Store;
}) {
  const rows: PortRow[] = before.map((port) => {
    const to = moved.find((each) => each.from === port.port && each.protocol === port.protocol)?.to;
    return { before: port, after: after.find((each) => same(each, to ?? port.port, port.protocol)) ?? null };
  });
  const seen = new Set(rows.map((row) => row.after));
  for (const port of after) if (!seen.has(port)) rows.push({ before: null, after: port });
  if (rows.length === 0) return null;
  return (
    <section aria-labelledby="ports-title">
      <h3 id="ports-title">Which port goes where</h3>
      <div class="scroll" tabIndex={0} role="region" aria-label="Ports">
        <table>
          <thead>
            <tr>
              <th scope="col">Reached through</th>
              <th scope="col">In the container, before</th>
              <th scope="col">After</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row, index) => (
              <tr key={index}>
                <td>
                  <Reached row={row} store={store} />
                </td>
                <td>
                  <PortName port={row.before} />
                </td>
                <td>
                  <PortName port={row.after} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function same(port: PicturePort, number: number, protocol: "tcp" | "udp"): boolean {
  return port.port === number && port.protocol === protocol;
}

function Reached({ row, store }: { row: PortRow; store: Store }) {
  const reached = row.before?.reached ?? row.after?.reached ?? [];
  if (reached.length === 0) return <span class="quiet">whatever a caller maps to it</span>;
  return (
    <ul class="bare">
      {reached.map(({ says, path, line }, index) => (
        <li key={index}>
          <button class="place" title={`Show ${printable(path)}`} onClick={() => store.look(path, line)}>
            {printable(says)}
          </button>
        </li>
      ))}
    </ul>
  );
}

function PortName({ port }: { port: PicturePort | null }) {
  if (port === null) return <span class="quiet">none</span>;
  return (
    <span>
      <strong class="port">
        {port.port}
        {port.protocol === "udp" ? "/udp" : ""}
      </strong>{" "}
      {port.low && <span class="chip likely">below 1024</span>}
    </span>
  );
}

function Owners({
  before,
  after,
  store,
}: {
  before: readonly PicturePath[];
  after: readonly PicturePath[];
  store: Store;
}) {
  const paths = [...new Set([...before, ...after].map(({ path }) => path))].sort();
  if (paths.length === 0) return null;
  const find = (list: readonly PicturePath[], path: string): PicturePath | undefined =>
    list.find((each) => each.path === path);
  const dockerfile = store.state.dockerfile;
  return (
    <section aria-labelledby="owners-title">
      <h3 id="owners-title">Who owns which path</h3>
      <div class="scroll" tabIndex={0} role="region" aria-label="Owners">
        <table>
          <thead>
            <tr>
              <th scope="col">Path in the image</th>
              <th scope="col">Before</th>
              <th scope="col">After</th>
            </tr>
          </thead>
          <tbody>
            {paths.map((path) => {
              const old = find(before, path);
              const now = find(after, path);
              const line = old?.line ?? null;
              return (
                <tr key={path}>
                  <th scope="row">
                    <code>{printable(path)}</code>{" "}
                    {(now ?? old)?.written && <span class="chip">written</span>}{" "}
                    {(now ?? old)?.volume && <span class="chip">volume</span>}{" "}
                    {line !== null && dockerfile !== null && (
                      <button class="place" onClick={() => store.look(dockerfile, line)}>
                        line {line}
                      </button>
                    )}
                  </th>
                  <td>
                    <Owner path={old} />
                  </td>
                  <td>
                    <Owner path={now} />
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function Owner({ path }: { path: PicturePath | undefined }) {
  if (path === undefined) return <span class="quiet">not there</span>;
  return <span class={`who ${path.root ? "root" : "user"}`}>{printable(path.owner)}</span>;
}

function Lane({ title, stages }: { title: string; stages: readonly PictureStage[] }) {
  return (
    <section class="lane" aria-label={`Stages, ${title.toLowerCase()}`}>
      <h4>{title}</h4>
      {stages.map((stage) => (
        <article key={stage.name} class={`stage ${stage.role}`} aria-label={`Stage ${printable(stage.name)}`}>
          <header>
            <strong>{printable(stage.name)}</strong> <code>{printable(stage.from)}</code>{" "}
            <span class="chip">{ROLES[stage.role]}</span>
          </header>
          <ol>
            {stage.steps.map((step) => (
              <li
                key={step.line}
                class={`step ${step.user === null ? "unknown" : step.root ? "root" : "user"}`}
              >
                <span class="step-user">
                  {printable(step.user === null ? "?" : step.root ? "root" : step.user)}
                </span>
                <code>
                  <b>{step.keyword}</b> {step.from !== null && <i>from {printable(step.from)}: </i>}
                  {printable(step.says)}
                </code>
              </li>
            ))}
          </ol>
        </article>
      ))}
    </section>
  );
}

const ROLES = {
  final: "the image that runs",
  parent: "it is built on this",
  builder: "files are copied from it",
  unused: "not part of it",
};
