import { render } from "preact";
import { App } from "./app.tsx";
import { listenForKeys } from "./keys.ts";
import { isReport, reportSource } from "./report-source.ts";
import { serverSource } from "./server-source.ts";
import { Store } from "./store.ts";

const KEY = "deroot-token";

/** From the address, which forgets it at once; after a reload from this tab's memory. */
function takeToken(): string | null {
  const token = location.hash.slice(1);
  if (/^[\w-]{40,}$/.test(token)) {
    sessionStorage.setItem(KEY, token);
    history.replaceState(null, "", location.pathname);
  }
  return sessionStorage.getItem(KEY);
}

function start(): void {
  const host = document.getElementById("app")!;
  const token = isReport() ? null : takeToken();
  if (!isReport() && token === null) {
    host.replaceChildren("Open the address that deroot printed: the part after # lets this page in.");
    host.className = "starting";
    return;
  }
  const store = new Store(token === null ? reportSource() : serverSource(token));
  const theme = (): void => {
    document.documentElement.dataset["theme"] = store.state.theme;
  };
  theme();
  store.subscribe(theme);
  listenForKeys(store);
  host.replaceChildren();
  render(<App store={store} />, host);
  void store.start();
}

start();
