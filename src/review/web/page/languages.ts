import { StreamLanguage, type StreamParser } from "@codemirror/language";
import { csharp, java, kotlin } from "@codemirror/legacy-modes/mode/clike";
import { dockerFile } from "@codemirror/legacy-modes/mode/dockerfile";
import { go } from "@codemirror/legacy-modes/mode/go";
import { javascript, json, typescript } from "@codemirror/legacy-modes/mode/javascript";
import { nginx } from "@codemirror/legacy-modes/mode/nginx";
import { properties } from "@codemirror/legacy-modes/mode/properties";
import { python } from "@codemirror/legacy-modes/mode/python";
import { ruby } from "@codemirror/legacy-modes/mode/ruby";
import { shell } from "@codemirror/legacy-modes/mode/shell";
import { toml } from "@codemirror/legacy-modes/mode/toml";
import { xml } from "@codemirror/legacy-modes/mode/xml";
import { yaml } from "@codemirror/legacy-modes/mode/yaml";

/** Name of a file, or its ending -> how to colour it. The first that fits. */
const LANGUAGES: readonly (readonly [RegExp, StreamParser<unknown>])[] = [
  [/(?:^|\/)(?:docker|container)file[^/]*$|\.(?:docker|container)file$/i, dockerFile],
  [/\.ya?ml$/i, yaml],
  [/(?:^|\/)nginx[^/]*$|\.conf(?:\.template)?$/i, nginx],
  [/\.(?:sh|bash)$|(?:^|\/)(?:entrypoint|start|run)[^./]*$/i, shell],
  [/\.json$/i, json],
  [/\.[cm]?jsx?$/i, javascript],
  [/\.[cm]?tsx?$/i, typescript],
  [/\.py$/i, python],
  [/\.rb$|(?:^|\/)(?:Rake|Gem)file$/i, ruby],
  [/\.go$/i, go],
  [/\.java$/i, java],
  [/\.kts?$/i, kotlin],
  [/\.cs$/i, csharp],
  [/\.xml$/i, xml],
  [/\.toml$/i, toml],
  [/\.(?:properties|ini|cfg|env)$|(?:^|\/)\.env/i, properties],
];

const made = new Map<StreamParser<unknown>, StreamLanguage<unknown>>();

export function languageOf(path: string): StreamLanguage<unknown> | null {
  const parser = LANGUAGES.find(([name]) => name.test(path))?.[1];
  if (parser === undefined) return null;
  let language = made.get(parser);
  if (language === undefined) made.set(parser, (language = StreamLanguage.define(parser)));
  return language;
}
