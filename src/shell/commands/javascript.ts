import type { Arguments } from "../arguments.ts";
import type { Draft } from "../draft.ts";
import { table, type Spec } from "../spec.ts";
import { cached, everyone, local, looks, script } from "./common.ts";

const NPM_CACHE = "~/.npm";
const npmGlobal: Spec = { ...everyone, writes: [NPM_CACHE] };
const npmLocal: Spec = {
  writes: [".", NPM_CACHE],
  when: [{ has: "-g --global --location=global", then: npmGlobal }],
};

const yarnCache = ["~/.cache/yarn", "~/.yarn"];

function npmConfig(args: Arguments, draft: Draft): void {
  if (args.operands[0]?.value !== "set" && args.operands[0]?.value !== "delete") return;
  if (args.has("-g", "--global")) draft.needsRoot("configures npm for all users");
  else
    draft.writes.push({
      path: draft.resolve("~/.npmrc"),
      kind: "modify",
      directory: false,
      recursive: false,
    });
}

/** One that serves the sources keeps what it makes of the dependencies beside them, and fails where it cannot. */
function devServer(cache: string): Spec {
  return {
    sub: table({ "build preview test inspect eject optimize": local("~/.cache") }),
    ...local("~/.cache", cache),
  };
}

/** JavaScript, and what installs for it. */
export const JAVASCRIPT = table({
  npm: {
    valued: "--prefix -C --registry --cache --workspace -w --loglevel --omit --only --otp --tag",
    chdir: "--prefix -C",
    when: [{ has: "-v --version", then: looks }],
    sub: table({
      [`
        install i ci add in isntall clean-install update upgrade up uninstall remove rm un unlink prune
        dedupe rebuild link ln install-ci-test audit fund shrinkwrap pack init version
      `]: npmLocal,
      "run run-script start test t build exec x stop restart": { writes: [".", NPM_CACHE] },
      "config c set": {
        effect: npmConfig,
        when: [{ has: "-g --global", then: { ...everyone, why: "configures npm for all users" } }],
      },
      cache: cached(NPM_CACHE),
      "login adduser token": cached("~/.npmrc"),
      publish: cached(NPM_CACHE),
      "view ls list root bin prefix outdated search ping whoami get explain": looks,
    }),
  },
  "yarn yarnpkg": {
    valued: "--cwd --modules-folder --cache-folder --registry --network-timeout --mutex",
    chdir: "--cwd",
    sub: table({
      global: {
        valued: "--prefix --global-folder",
        sub: table({ "bin dir list": looks }),
        ...everyone,
        writes: yarnCache,
      },
      config: cached("~/.yarnrc", "~/.config/yarn"),
      cache: cached(...yarnCache),
      set: local(...yarnCache),
    }),
    when: [{ has: "--version -v", then: looks }],
    writes: [".", ...yarnCache],
  },
  pnpm: {
    valued: "-C --dir --filter -F --store-dir --registry --reporter",
    chdir: "-C --dir",
    sub: table({
      "config set store": cached("~/.config/pnpm", "~/.local/share/pnpm"),
      setup: cached("~/.local/share/pnpm", "~/.bashrc"),
    }),
    when: [
      { has: "-g --global", then: { writes: ["~/.local/share/pnpm"], ...everyone } },
      { has: "--version -v", then: looks },
    ],
    writes: [".", "~/.local/share/pnpm", "~/.cache/pnpm"],
  },
  "npx bunx": local(NPM_CACHE),
  corepack: {
    ...everyone,
    why: "installs package managers for all users",
    writes: ["~/.cache/node/corepack"],
    sub: table({ "prepare install use up pack hydrate": cached("~/.cache/node/corepack") }),
  },
  [`
    n nvm fnm volta nodenv asdf mise rtx sdk sdkman rbenv rvm jabba gvm goenv kiex evm phpenv phpbrew
    jenv
  `]: {
    root: "unknown",
    why: "installs a language's tools where it is itself",
  },
  "node nodejs ts-node tsx": { ...script, when: [{ has: "-v --version", then: looks }] },
  bower: local("~/.cache/bower"),
  [`
    lerna nx turbo rush gulp grunt webpack tsc ng rollup esbuild parcel next nuxt babel eslint jest mocha
    prettier gatsby node-gyp browserify brunch ember hexo uglifyjs node-sass sass lessc prisma tailwindcss
    quasar ionic expo nest rimraf concurrently electron-builder vsce svelte-kit remix npm-run-all run-s
    run-p knex sequelize typeorm playwright cypress puppeteer patch-package husky karma protractor
    cleancss postcss terser json2yaml stylus coffee copyfiles cpx shx ncc pkg
  `]: local("~/.cache"),
  // Source: https://vite.dev/config/shared-options#cachedir
  "vite astro": devServer("node_modules/.vite"),
  // Source: find-cache-dir, which their loaders and plugins ask
  "react-scripts vue-cli-service storybook": devServer("node_modules/.cache"),
  "serve http-server live-server nodemon pm2 pm2-runtime forever json-server": {
    root: "unknown",
    why: "starts a server",
  },
  deno: local("~/.cache/deno"),
  bun: {
    when: [
      { has: "-g --global", then: everyone },
      { has: "--version -v", then: looks },
    ],
    ...local("~/.bun"),
  },
});
