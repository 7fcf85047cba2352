import type { Detail, Item, Overview, Page } from "../protocol.ts";
import { SourceError, type Source } from "./source.ts";

/**
 * What a report carries: blocks of JSON in the page itself, of a type that browsers do not run. A block is read
 * when it is looked at.
 */
export function reportSource(): Source {
  const blocks = (kind: string): HTMLScriptElement[] => [
    ...document.querySelectorAll<HTMLScriptElement>(`script[data-deroot="${kind}"]`),
  ];
  const read = <T>(block: HTMLScriptElement): T => JSON.parse(block.textContent) as T;
  const items = blocks("item").map((block) => read<Item>(block));
  const details = new Map(items.map((item, index) => [item.dockerfile, blocks("detail")[index]!]));
  const pages = (): Page[] => blocks("pages").flatMap((block) => read<Page[]>(block));
  const overview: Overview = { ...read<Overview>(blocks("overview")[0]!), items };
  return {
    overview: () => Promise.resolve(overview),
    detail: (dockerfile) => Promise.resolve(read<Detail>(details.get(dockerfile)!)),
    page(topic) {
      const page = pages().find((each) => each.topic === topic);
      return page
        ? Promise.resolve(page)
        : Promise.reject(new SourceError(404, `this report has no page about ${topic}`));
    },
    live: null,
  };
}

/** Whether this page is a report. */
export function isReport(): boolean {
  return document.querySelector('script[data-deroot="overview"]') !== null;
}
