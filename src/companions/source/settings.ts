import type { LanguageName } from "./grammar.ts";
import { listens, writesFile, type Language, type SettingMeaning } from "./meanings.ts";

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
      triggers: /\b(?:bind|pidfile|accesslog|errorlog|worker_tmp_dir|user|group)\b/,
      users: /^(?:user|group)$/,
      calls: [],
      settings: [{ path: ["bind"], kind: "gunicorn" }],
      assignments: [
        { name: /^(?:pidfile|accesslog|errorlog)$/, writes: "file" },
        { name: /^worker_tmp_dir$/, writes: "directory" },
      ],
    },
  },
  {
    // Source: https://puma.io/puma/Puma/DSL.html
    name: /^puma[\w.-]*\.rb$/,
    grammar: "ruby",
    language: {
      extensions: ["rb"],
      triggers: /\b(?:port|bind|pidfile|state_path|stdout_redirect)\b/,
      calls: [
        listens("puma", [0], /^port$/, "port"),
        { ...listens("puma", [0], /^bind$/, "bind"), when: { at: [0], like: /tcp:|ssl:/, absent: false } },
        writesFile(0, "pidfile", "state_path", "stdout_redirect"),
        writesFile(1, "stdout_redirect"),
      ],
    },
  },
  {
    // Source: https://yhbt.net/unicorn/Unicorn/Configurator.html
    name: /^unicorn[\w.-]*\.rb$/,
    grammar: "ruby",
    language: {
      extensions: ["rb"],
      triggers: /\b(?:listen|pid|stderr_path|stdout_path|user)\b/,
      users: /^user$/,
      calls: [
        listens("unicorn", [0], /^listen$/, "listen"),
        writesFile(0, "pid", "stderr_path", "stdout_path"),
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
