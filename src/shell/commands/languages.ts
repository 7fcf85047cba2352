import type { Arguments } from "../arguments.ts";
import type { Draft } from "../draft.ts";
import { isBelow, parentOf } from "../paths.ts";
import { table, type Spec } from "../spec.ts";
import type { ShellCommand } from "../types.ts";

const script: Spec = { root: "unknown", why: "runs a script" };
const everyone = { root: "yes", why: "installs packages for all users" } as const;
const looks: Spec = {};

/** Builds and installs below the working directory, with a cache in the home. */
function local(...writes: readonly string[]): Spec {
  return { writes: [".", ...writes] };
}

/** Only fills a cache in the home. */
function cached(...writes: readonly string[]): Spec {
  return { writes };
}

const SYSTEM_BIN = /^(?:\/usr(?:\/local)?)?\/s?bin\//;

/** The virtual environment that a program is called from: `/venv` for `/venv/bin/pip`. */
function environmentOf(command: ShellCommand, draft: Draft): string | null {
  const path = command.argv[0]!.value ?? "";
  if (!path.includes("/") || SYSTEM_BIN.test(path)) return null;
  return parentOf(parentOf(draft.resolve(path)));
}

function pipInstall(args: Arguments, draft: Draft, command: ShellCommand): void {
  for (const file of ["-r", "--requirement", "-c", "--constraint"]) {
    const word = args.word(file);
    if (word !== null) draft.use(word, "read");
  }
  for (const word of args.operands) if (word.value === ".") draft.use(word, "fill");
  draft.writes.push({
    path: draft.resolve("~/.cache/pip"),
    kind: "modify",
    directory: true,
    recursive: true,
  });
  intoPython(args, draft, command);
}

function intoPython(args: Arguments, draft: Draft, command: ShellCommand): void {
  const target = args.word("-t", "--target", "--prefix", "--root");
  const environment = environmentOf(command, draft);
  if (target !== null) draft.use(target, "fill");
  else if (environment !== null) fill(environment, draft);
  else if (args.has("--user") || draft.context.user === "other") {
    draft.writes.push({ path: draft.resolve("~/.local"), kind: "modify", directory: true, recursive: true });
  } else draft.needsRoot("installs Python packages for all users");
}

function fill(path: string, draft: Draft): void {
  draft.write(path, "fill");
}

const pip: Spec = {
  valued: "--log --proxy --retries --timeout --trusted-host --cert --client-cert --cache-dir --python",
  sub: table({
    install: {
      valued:
        "-r -c -t -e -i -f --requirement --constraint --target --prefix --root --src --upgrade-strategy --index-url --extra-index-url --find-links --no-binary --only-binary --platform --python-version --implementation --abi --global-option --install-option --config-settings --progress-bar --root-user-action --report",
      effect: pipInstall,
    },
    uninstall: { valued: "-r --requirement", effect: intoPython },
    "download wheel": { valued: "-r -w -d -c -i -f --wheel-dir --dest", writes: [".", "~/.cache/pip"] },
    "list show freeze check search debug --version": looks,
    config: cached("~/.config/pip"),
    cache: cached("~/.cache/pip"),
  }),
};

const MANAGE: Spec = local();

/** `python setup.py install`, `python manage.py migrate`, `python script.py`. */
function python(args: Arguments, draft: Draft, command: ShellCommand): void {
  const [file, verb] = args.operands;
  const name = file?.value?.slice(file.value.lastIndexOf("/") + 1);
  if (name === "setup.py" && verb !== undefined) {
    const build = { path: draft.resolve("."), kind: "modify", directory: true, recursive: true } as const;
    draft.writes.push(build);
    draft.touch(build.path, build.path);
    if (["install", "develop"].includes(verb.value ?? "")) intoPython(args, draft, command);
  } else if (name === "manage.py" && verb !== undefined) {
    const { path, directory } = { path: draft.resolve("."), directory: true };
    draft.writes.push({ path, kind: "modify", directory, recursive: true });
    draft.touch(path, path);
  } else if (args.has("-V", "--version", "-h", "--help")) return;
  else if (file === undefined && !args.has("-c") && command.redirects.length === 0) {
    draft.mayNeedRoot("runs Python code");
  } else draft.mayNeedRoot(file === undefined ? "runs Python code" : "runs a script");
  if (file !== undefined) draft.use(file, "read");
}

function venv(args: Arguments, draft: Draft): void {
  for (const word of args.operands) draft.use(word, "fill");
}

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

function goInstall(args: Arguments, draft: Draft): void {
  const output = args.word("-o");
  if (output !== null) draft.use(output, "create");
}

function cargoInstall(args: Arguments, draft: Draft): void {
  const root = args.word("--root");
  if (root !== null) draft.use(root, "fill");
  draft.writes.push({ path: draft.resolve("~/.cargo"), kind: "modify", directory: true, recursive: true });
}

function gem(args: Arguments, draft: Draft): void {
  const into = args.word("-i", "--install-dir");
  if (into !== null) draft.use(into, "fill");
  else if (args.has("--user-install")) draft.writes.push(home(draft, "~/.gem"));
  else draft.needsRoot("installs gems for all users");
}

function bundle(args: Arguments, draft: Draft, command: ShellCommand): void {
  const path = args.word("--path");
  if (path !== null) draft.use(path, "fill");
  draft.writes.push(home(draft, "~/.bundle"));
  const app = command.cwd;
  // Without a path of its own it fills the directory of the system's gems.
  if (path === null && !args.has("--deployment")) draft.needsRoot("installs gems for all users");
  else if (app !== null) fill(app, draft);
}

function home(draft: Draft, path: string) {
  return { path: draft.resolve(path), kind: "modify", directory: true, recursive: true } as const;
}

function composerGlobal(): Spec {
  return cached("~/.composer", "~/.config/composer", "~/.cache/composer");
}

/** `dotnet publish -o /app`, `mvn -Dmaven.repo.local=…`. */
function output(...options: readonly string[]): NonNullable<Spec["effect"]> {
  return (args, draft) => {
    const word = args.word(...options);
    if (word === null) return;
    const found = draft.path(word);
    if (found === null || draft.cwd === null || !isBelow(found.path, draft.cwd)) draft.use(word, "fill");
  };
}

const NUGET = ["~/.nuget", "~/.dotnet", "~/.local/share/NuGet"];
const dotnetBuild: Spec = {
  valued:
    "-c -o -r -f -p -v -a --configuration --output --runtime --framework --verbosity --source --packages --version-suffix --arch --os",
  writes: [".", ...NUGET],
  effect: output("-o", "--output"),
};

const maven: Spec = {
  valued: "-f -pl -P -s -gs -t -l -T --file --projects --settings --define -D",
  oneDash: true,
  writes: [".", "~/.m2"],
};
const gradle: Spec = { valued: "-p -b -g -x -I -c", writes: [".", "~/.gradle"], chdir: "-p" };

const conda: Spec = {
  ...everyone,
  why: "installs Conda packages for all users",
  valued: "-n -p -c -f --name --prefix --channel --file",
  sub: table({
    "info list search --version activate deactivate": looks,
    "config init": cached("~/.condarc", "~/.bashrc"),
  }),
};

const phpExtensions: Spec = { root: "yes", why: "installs PHP extensions" };

/** Package managers and build tools of languages, and their interpreters. */
export const LANGUAGES = table({
  // Shells
  "sh bash ash dash zsh ksh fish csh tcsh pwsh powershell": {
    ...script,
    operands: "read",
    valued: "-o -O +o +O",
  },

  // Python
  pip: pip,
  "python pypy ipython": {
    valued: "-c -m -W -X --prefix --root --target",
    effect: python,
  },
  "manage.py django-admin django-admin.py": MANAGE,
  "venv virtualenv pyvenv": { valued: "-p --python --prompt", effect: venv },
  "easy_install ensurepip get-pip.py pipx": {
    effect: (args, draft, command) => intoPython(args, draft, command),
  },
  uv: {
    valued: "--python -p --project --directory --cache-dir --index-url --extra-index-url",
    chdir: "--directory",
    sub: table({
      pip: {
        sub: table({
          "install sync uninstall": {
            valued:
              "-r -c -e --target --prefix --requirement --constraint --index-url --extra-index-url --python",
            when: [{ has: "--system", then: { ...everyone, why: "installs Python packages for all users" } }],
            writes: [".", "~/.cache/uv"],
          },
        }),
      },
      venv: { effect: venv, writes: ["~/.cache/uv"] },
      "sync lock add remove init build export": local("~/.cache/uv"),
      "tool python cache": cached("~/.local", "~/.cache/uv"),
    }),
    ...local("~/.cache/uv"),
  },
  poetry: {
    valued: "-C --directory --with --without --only --extras -E",
    chdir: "-C --directory",
    sub: table({
      config: cached("~/.config/pypoetry"),
      "install update add sync remove": {
        root: "unknown",
        why: "installs into the virtual environment that poetry is configured for",
        writes: [".", "~/.cache/pypoetry"],
      },
    }),
    ...local("~/.cache/pypoetry"),
  },
  pipenv: {
    when: [{ has: "--system", then: { ...everyone, why: "installs Python packages for all users" } }],
    ...local("~/.local/share/virtualenvs", "~/.cache/pipenv"),
  },
  "pdm hatch rye pixi flit": local("~/.cache"),
  "conda mamba micromamba": conda,
  "pytest tox nosetests flake8 pylint mypy black isort ruff coverage sphinx-build mkdocs nox pre-commit bandit cython f2py compileall py_compile unittest pybabel twine build nltk.downloader spacy pip-compile pip-sync alembic babel wheel black json.tool cookiecutter":
    local("~/.cache"),
  "http.server SimpleHTTPServer": { root: "unknown", why: "starts a server" },
  "gunicorn uvicorn hypercorn daphne flask celery uwsgi waitress-serve streamlit jupyter jupyter-lab jupyter-notebook fastapi granian sanic":
    { root: "unknown", why: "starts a server", when: [{ has: "--version --help", then: {} }] },
  pyenv: cached("~/.pyenv"),

  // JavaScript
  npm: {
    valued:
      "--prefix -C --registry --cache --workspace -w --loglevel --omit --only --production= --otp --tag",
    chdir: "--prefix -C",
    when: [{ has: "-v --version", then: looks }],
    sub: table({
      "install i ci add in isntall clean-install update upgrade up uninstall remove rm un unlink prune dedupe rebuild link ln install-ci-test audit fund shrinkwrap pack init version":
        npmLocal,
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
  "n nvm fnm volta nodenv asdf mise rtx sdk sdkman rbenv rvm jabba gvm goenv kiex evm phpenv phpbrew jenv": {
    root: "unknown",
    why: "installs a language's tools where it is itself",
  },
  "node nodejs ts-node tsx": { ...script, when: [{ has: "-v --version -p --print", then: looks }] },
  bower: local("~/.cache/bower"),
  "lerna nx turbo rush gulp grunt webpack tsc ng vite rollup esbuild parcel next nuxt vue-cli-service react-scripts babel eslint jest mocha prettier gatsby node-gyp browserify brunch ember hexo uglifyjs node-sass sass lessc prisma tailwindcss quasar ionic expo astro nest rimraf cross-env-shell concurrently electron-builder vsce svelte-kit remix npm-run-all run-s run-p knex sequelize typeorm playwright cypress puppeteer patch-package husky karma protractor storybook cleancss postcss terser json2yaml stylus coffee copyfiles cpx shx ncc pkg":
    local(NPM_CACHE, "~/.cache"),
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

  // Ruby
  gem: {
    valued: "-v -i -n -s -P -p --version --install-dir --bindir --source --platform",
    sub: table({
      "install update uninstall cleanup pristine": { effect: gem },
      "build unpack fetch": { writes: ["."] },
      "sources list env environment which search query specification --version -v": looks,
    }),
  },
  "bundle bundler": {
    valued: "--gemfile --path --without --with --jobs -j --retry --binstubs= --shebang",
    sub: table({
      config: { writes: [".", "~/.bundle"], when: [{ has: "--global", then: cached("~/.bundle") }] },
      exec: local("~/.bundle"),
      "check list show info version --version platform outdated env": looks,
      "lock init binstubs package cache": local("~/.bundle"),
      clean: { root: "unknown", why: "removes gems where bundler is configured to keep them" },
    }),
    effect: bundle,
  },
  "rake rails hanami rspec rubocop ruby-build jekyll middleman asciidoctor nanoc": local(),
  "ruby jruby irb": { ...script, when: [{ has: "-v --version", then: looks }] },
  "puma unicorn thin rackup passenger sidekiq": { root: "unknown", why: "starts a server" },

  // PHP
  "composer composer.phar": {
    valued: "-d --working-dir",
    chdir: "-d --working-dir",
    sub: table({
      global: composerGlobal(),
      config: { when: [{ has: "-g --global", then: composerGlobal() }], ...local() },
      "self-update selfupdate": { root: "yes", why: "replaces composer itself" },
      "clear-cache clearcache --version show validate diagnose": composerGlobal(),
    }),
    when: [{ has: "--version -V", then: looks }],
    ...local("~/.composer", "~/.cache/composer"),
  },
  php: {
    valued: "-d -c -r -f -t -S",
    when: [{ has: "-r -v -m -i --version --ini", then: looks }],
    effect: (args, draft) => {
      const file = args.operands[0]?.value ?? "";
      if (/(?:^|\/)(?:artisan|console|composer(?:\.phar)?|craft|yii|spark|bin\/cake)$/.test(file)) {
        const path = draft.resolve(".");
        draft.writes.push({ path, kind: "modify", directory: true, recursive: true });
        draft.touch(path, path);
      } else if (/setup|install/.test(file) && !file.includes("/")) draft.mayNeedRoot("runs an installer");
      else draft.mayNeedRoot("runs a script");
    },
  },
  "artisan console symfony drush wp wp-cli craft yii phpunit phpstan phpcs drupal bin/magento magento occ":
    local("~/.cache"),
  "docker-php-ext-install docker-php-ext-enable docker-php-ext-configure docker-php-source install-php-extensions docker-php-ext-get pecl pear phpize peardev docker-php-pecl-install":
    phpExtensions,
  "php-fpm php-cgi": { root: "unknown", why: "starts a server", when: [{ has: "-t -v -m -i", then: looks }] },

  // JVM
  "mvn mvnw mvnd ./mvnw": maven,
  "gradle gradlew ./gradlew": gradle,
  "sbt activator mill scala scalac": local("~/.sbt", "~/.ivy2", "~/.cache/coursier"),
  "lein boot clojure clj": local("~/.lein", "~/.m2"),
  "ant javac jlink javadoc kotlinc groovy groovyc native-image jdeps jpackage protoc bazel bazelisk buck pants sencha cs coursier":
    {
      writes: ["."],
      effect: output("--output", "-d"),
      valued: "--output -d -f -cp -classpath --add-modules --module-path",
      oneDash: true,
    },
  "java jshell": {
    ...script,
    oneDash: true,
    why: "runs a program",
    when: [{ has: "-version --version", then: looks }],
  },
  "jps jstack jcmd": looks,

  // Go, Rust, C and others that compile
  go: {
    oneDash: true,
    valued: "-o -ldflags -tags -mod -gcflags -p -asmflags -C -run -timeout -coverprofile",
    chdir: "-C",
    sub: table({
      "version env list doc": looks,
      "install get": { effect: goInstall, writes: ["~/go"] },
      "mod clean": local("~/go", "~/.cache/go-build"),
    }),
    writes: [".", "~/go", "~/.cache/go-build"],
    effect: goInstall,
  },
  "godep dep glide gox goreleaser govendor golangci-lint golint staticcheck mage task swag wire mockgen packr statik xgo garble templ buf sqlc":
    local("~/go"),
  cargo: {
    valued:
      "--target --features --manifest-path --bin -p --package --profile -j --jobs --root --version --git --branch --tag --rev --path --target-dir --config -Z --recipe-path",
    sub: table({
      install: { effect: cargoInstall },
      "search --version version metadata tree": looks,
    }),
    ...local("~/.cargo"),
  },
  "rustup rustup-init": cached("~/.rustup", "~/.cargo"),
  "rustc wasm-pack trunk cross wasm-bindgen diesel sqlx": local("~/.cargo"),
  "make gmake ninja bmake nmake": {
    valued: "-C -f -j= -o -W -I --directory --file --makefile",
    chdir: "-C --directory",
    writes: ["."],
    effect: make,
  },
  cmake: {
    valued: "-S -B -G -D -P -U -t --target --config -C --prefix --build --install --toolchain",
    oneDash: true,
    writes: ["."],
    effect: (args, draft) => {
      if (args.has("--install") || args.value("--target") === "install") {
        draft.needsRoot("installs programs for all users");
      } else
        for (const option of ["-B"]) {
          const word = args.word(option);
          if (word !== null) draft.use(word, "fill");
        }
    },
  },
  "meson scons waf xmake qmake premake b2 bjam conan vcpkg": {
    writes: ["."],
    effect: (args, draft) => {
      if (args.operands.some((word) => word.value === "install")) {
        draft.needsRoot("installs programs for all users");
      }
    },
  },
  "gcc g++ cc c++ clang clang++ ld as ar nm tcc musl-gcc gfortran nasm yasm ranlib strip objcopy objdump readelf upx patchelf autoconf automake autoreconf aclocal autoheader libtoolize libtool autopoint intltoolize gettextize pkg-config-x swig bison flex yacc lex gperf msgfmt xgettext glib-compile-schemas gdk-pixbuf-query-loaders glib-compile-resources ctest cpack ccache-x distcc valgrind gdb nvcc emcc emmake emconfigure cython-x cppcheck clang-format clang-tidy help2man makeinfo pdflatex xelatex latex latexmk bibtex pandoc dot doxygen convert magick inkscape ffmpeg rsvg-convert optipng pngquant jpegoptim vala valac":
    {
      valued: "-o -I -L -l -D -O -f -m -x -MF -include",
      paths: { "-o": "create" },
    },
  "configure ./configure ./autogen.sh ./bootstrap ./config ./Configure ./buildconf ./autogen autogen.sh ./bootstrap.sh":
    { writes: ["."] },
  checkinstall: { ...everyone, why: "installs programs for all users" },

  // .NET
  dotnet: {
    sub: table({
      "restore build publish pack test run clean msbuild new add sln ef vstest format workload": dotnetBuild,
      tool: {
        sub: table({
          "install update uninstall": {
            valued: "--tool-path --version --add-source",
            paths: { "--tool-path": "fill" },
            writes: [...NUGET],
          },
          restore: local(...NUGET),
        }),
      },
      "nuget dev-certs": cached(...NUGET),
      "--info --version --list-sdks --list-runtimes": looks,
    }),
    when: [{ has: "--info --version --list-sdks --list-runtimes", then: looks }],
    root: "unknown",
    why: "runs a program",
  },
  "nuget msbuild xbuild paket fake mono": local(...NUGET),

  // The rest
  "mix rebar3 rebar iex elixir erl": local("~/.mix", "~/.hex", "~/.cache/rebar3"),
  "stack cabal ghc runhaskell ghcup hpack": local("~/.stack", "~/.cabal"),
  "swift swiftc": local("~/.cache"),
  "Rscript R r install2.r installGithub.r install.r littler": {
    ...everyone,
    why: "installs R packages or runs R code",
  },
  "cpan cpanm cpm carton": {
    valued: "-L -l --local-lib --local-lib-contained",
    when: [{ has: "-L -l --local-lib --local-lib-contained", then: { writes: ["."] } }],
    ...everyone,
    why: "installs Perl modules for all users",
  },
  luarocks: {
    valued: "--tree --server --lua-version",
    when: [{ has: "--local", then: cached("~/.luarocks") }],
    ...everyone,
    why: "installs Lua modules for all users",
  },
  "dart pub flutter dartaotruntime": local("~/.pub-cache", "~/.dart"),
  julia: { root: "unknown", why: "runs Julia code" },
  "opam ocaml dune esy": local("~/.opam"),
  "crystal shards": local("~/.cache/crystal"),
  "nim nimble": local("~/.nimble"),
  zig: local("~/.cache/zig"),
  "lua luajit tclsh wish expect raku guile racket raco sbcl octave gnuplot": script,
  "terraform packer pulumi ansible ansible-playbook ansible-galaxy helm kubectl aws gcloud gsutil az kustomize vault consul-cli heroku serverless sls cdk eksctl doctl kubeadm helmfile terragrunt tflint bosh cf":
    local("~/.cache", "~/.config"),
});

function make(args: Arguments, draft: Draft): void {
  const targets = args.operands.map((word) => word.value ?? "");
  const prefixed = targets.some((target) => /^(?:DESTDIR|PREFIX|prefix)=/.test(target));
  const installs = targets.some(
    (target) => /(?:^|[-_])(?:un)?install(?:$|[-_])/.test(target) || target === "altinstall",
  );
  if (!installs) return;
  const into = targets.find((target) => /^(?:DESTDIR|PREFIX|prefix)=/.test(target));
  const path = prefixed ? into!.slice(into!.indexOf("=") + 1) : "";
  if (path.startsWith("/")) fill(draft.resolve(path), draft);
  else draft.needsRoot("installs programs for all users");
}
