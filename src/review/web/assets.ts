import { readFileSync } from "node:fs";

/** The page as it was built into dist/. */
export interface Assets {
  /** @param path as in a URL. */
  find(path: string, nonce: string): { readonly type: string; readonly content: string | Buffer } | null;
}

/** The files of the page; they lie beside the bundle that this module ends up in. */
export interface PageFiles {
  readonly html: string;
  readonly script: string;
  readonly style: string;
}

export function readPageFiles(folder: URL = new URL("./", import.meta.url)): PageFiles {
  const read = (name: string): string => readFileSync(new URL(name, folder), "utf8");
  return { html: read("review.html"), script: read("review.page.js"), style: read("review.css") };
}

/** Only these paths exist, so no path leads anywhere else. */
export function assetsOf({ html, script, style }: PageFiles): Assets {
  const files: Readonly<Record<string, { type: string; content: string }>> = {
    "/review.js": { type: "text/javascript; charset=utf-8", content: script },
    "/review.css": { type: "text/css; charset=utf-8", content: style },
  };
  return {
    find(path, nonce) {
      if (path === "/") {
        return { type: "text/html; charset=utf-8", content: html.replaceAll("%NONCE%", nonce) };
      }
      return Object.hasOwn(files, path) ? files[path]! : null;
    },
  };
}
