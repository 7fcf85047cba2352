import type { LanguageName } from "./grammar.ts";
import type { Language, SettingMeaning } from "./meanings.ts";

/** Programs that are the configuration of a server, by their names; nothing else in them is of interest. */
export const SETTINGS_FILES: readonly {
  readonly name: RegExp;
  readonly language: Language;
  readonly grammar: LanguageName;
}[] = [
  // Source: https://vite.dev/config/server-options, https://vite.dev/config/preview-options
  ...config(
    "vite",
    { path: ["server", "port"], kind: "vite" },
    { path: ["preview", "port"], kind: "vite preview" },
  ),
  // Source: https://webpack.js.org/configuration/dev-server/
  ...config("webpack(?:\\.\\w+)*", { path: ["devServer", "port"], kind: "webpack-dev-server" }),
  ...config("rspack", { path: ["devServer", "port"], kind: "webpack-dev-server" }),
  // Source: https://cli.vuejs.org/config/#devserver
  ...config("vue", { path: ["devServer", "port"], kind: "vue-cli" }),
  // Source: https://docs.astro.build/en/reference/configuration-reference/#server-options
  ...config("astro", { path: ["server", "port"], kind: "astro" }),
  // Source: https://nuxt.com/docs/api/nuxt-config#devserver
  ...config("nuxt", { path: ["devServer", "port"], kind: "nuxt" }),
  {
    // Source: https://docs.gunicorn.org/en/stable/settings.html
    name: /^gunicorn[\w.-]*\.py$/,
    grammar: "python",
    language: {
      extensions: ["py"],
      triggers: /\b(?:bind|pidfile|accesslog|errorlog|worker_tmp_dir)\b/,
      calls: [],
      settings: [{ path: ["bind"], kind: "gunicorn" }],
      assignments: [
        { name: /^(?:pidfile|accesslog|errorlog)$/, writes: "file" },
        { name: /^worker_tmp_dir$/, writes: "directory" },
      ],
    },
  },
];

function config(name: string, ...settings: SettingMeaning[]): (typeof SETTINGS_FILES)[number][] {
  const language = { extensions: [], triggers: /\bport\b/, calls: [], settings };
  return [
    { name: new RegExp(`^${name}\\.(?:config|dev|prod)\\.[cm]?js$`), language, grammar: "javascript" },
    { name: new RegExp(`^${name}\\.(?:config|dev|prod)\\.[cm]?ts$`), language, grammar: "typescript" },
  ];
}
