import type { Arguments } from "../arguments.ts";
import type { Draft } from "../draft.ts";
import { isBelow } from "../paths.ts";
import { table, type Spec } from "../spec.ts";
import type { ShellCommand } from "../types.ts";
import { cached, everyone, local, looks, script } from "./common.ts";

function goInstall(args: Arguments, draft: Draft): void {
  const output = args.word("-o");
  if (output !== null) draft.use(output, "create");
}

function cargoInstall(args: Arguments, draft: Draft): void {
  const root = args.word("--root");
  if (root !== null) draft.use(root, "fill");
  draft.fills("~/.cargo");
}

function gem(args: Arguments, draft: Draft): void {
  const into = args.word("-i", "--install-dir");
  if (into !== null) draft.use(into, "fill");
  else if (args.has("--user-install")) draft.fills("~/.gem");
  else draft.needsRoot("installs gems for all users");
}

function bundle(args: Arguments, draft: Draft, command: ShellCommand): void {
  const path = args.word("--path");
  if (path !== null) draft.use(path, "fill");
  draft.fills("~/.bundle");
  const app = command.cwd;
  // Where gems go is up to configuration: images of Ruby let everybody fill their directory.
  if (path === null && !args.has("--deployment")) draft.mayNeedRoot("installs gems where bundler keeps them");
  else if (app !== null) draft.fills(app);
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
  valued: `
      -c -o -r -f -p -v -a --configuration --output --runtime --framework --verbosity --source
      --packages --version-suffix --arch --os
    `,
  writes: [".", ...NUGET],
  effect: output("-o", "--output"),
};

const maven: Spec = {
  valued: "-f -pl -P -s -gs -t -l -T --file --projects --settings --define",
  oneDash: true,
  writes: [".", "~/.m2"],
};
const gradle: Spec = { valued: "-p -b -g -x -I -c", writes: [".", "~/.gradle"], chdir: "-p" };

const phpExtensions: Spec = { root: "yes", why: "installs PHP extensions" };

/** Package managers and build tools of languages, and their interpreters. */
export const LANGUAGES = table({
  // Shells
  "sh bash ash dash zsh ksh fish csh tcsh pwsh powershell": {
    ...script,
    valued: "-o -O -c",
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
    valued: "--gemfile --path --without --with --jobs -j --retry --shebang",
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
    when: [{ has: "-v -m -i --version --ini", then: looks }],
    effect: (args, draft) => {
      const file = args.operands[0]?.value ?? "";
      if (/(?:^|\/)(?:artisan|console|composer(?:\.phar)?|craft|yii|spark|bin\/cake)$/.test(file)) {
        draft.fills(".");
      } else if (/setup|install/.test(file) && !file.includes("/")) draft.mayNeedRoot("runs an installer");
      else draft.mayNeedRoot("runs a script");
    },
  },
  [`
    artisan console symfony drush wp wp-cli craft yii phpunit phpstan phpcs drupal bin/magento magento
    occ
  `]: local("~/.cache"),
  [`
    docker-php-ext-install docker-php-ext-enable docker-php-ext-configure docker-php-source
    install-php-extensions docker-php-ext-get pecl pear phpize peardev docker-php-pecl-install
  `]: phpExtensions,
  "php-fpm php-cgi": { root: "unknown", why: "starts a server", when: [{ has: "-t -v -m -i", then: looks }] },

  // JVM
  "mvn mvnw mvnd ./mvnw": maven,
  "gradle gradlew ./gradlew": gradle,
  "sbt activator mill scala scalac": local("~/.sbt", "~/.ivy2", "~/.cache/coursier"),
  "lein boot clojure clj": local("~/.lein", "~/.m2"),
  [`
    ant javac jlink javadoc kotlinc groovy groovyc native-image jdeps jpackage protoc bazel bazelisk
    buck pants sencha cs coursier
  `]: {
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
  [`
    godep dep glide gox goreleaser govendor golangci-lint golint staticcheck mage task swag wire
    mockgen packr statik xgo garble templ buf sqlc
  `]: local("~/go"),
  cargo: {
    valued: `
        --target --features --manifest-path --bin -p --package --profile -j --jobs --root --version --git
        --branch --tag --rev --path --target-dir --config -Z --recipe-path
      `,
    sub: table({
      install: { effect: cargoInstall },
      "search --version version metadata tree": looks,
    }),
    ...local("~/.cargo"),
  },
  "rustup rustup-init pyenv": {
    root: "unknown",
    why: "installs a language's tools where it is configured to",
  },
  "rustc wasm-pack trunk cross wasm-bindgen diesel sqlx": local("~/.cargo"),
  "make gmake ninja bmake nmake": {
    valued: "-C -f -o -W -I --directory --file --makefile",
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
  [`
    gcc g++ cc c++ clang clang++ ld as ar nm tcc musl-gcc gfortran nasm yasm ranlib strip objcopy
    objdump readelf upx patchelf autoconf automake autoreconf aclocal autoheader libtoolize libtool
    autopoint intltoolize gettextize swig bison flex yacc lex gperf msgfmt xgettext
    glib-compile-schemas gdk-pixbuf-query-loaders glib-compile-resources ctest cpack distcc valgrind
    gdb nvcc emcc emmake emconfigure cppcheck clang-format clang-tidy help2man makeinfo pdflatex
    xelatex latex latexmk bibtex pandoc dot doxygen convert magick inkscape ffmpeg rsvg-convert
    optipng pngquant jpegoptim vala valac
  `]: {
    valued: "-o -I -L -l -D -O -f -m -x -MF -include",
    paths: { "-o": "create" },
  },
  [`
    configure ./configure ./autogen.sh ./bootstrap ./config ./Configure ./buildconf ./autogen
    autogen.sh ./bootstrap.sh
  `]: { writes: ["."] },
  checkinstall: { ...everyone, why: "installs programs for all users" },

  // .NET
  dotnet: {
    sub: table({
      [`
        restore build publish pack test run clean msbuild new add sln ef vstest format workload
      `]: dotnetBuild,
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
  opam: {
    sub: table({ depext: { root: "yes", why: "installs system packages", daemon: "package-install" } }),
    ...local("~/.opam"),
  },
  "ocaml dune esy": local("~/.opam"),
  "ansible ansible-playbook gcloud": { root: "unknown", why: "changes what it is told to" },
  "crystal shards": local("~/.cache/crystal"),
  "nim nimble": local("~/.nimble"),
  zig: local("~/.cache/zig"),
  "lua luajit tclsh wish expect raku guile racket raco sbcl octave gnuplot": script,
  [`
    terraform packer pulumi ansible-galaxy helm kubectl aws gsutil az
    kustomize vault consul-cli heroku serverless sls cdk eksctl doctl kubeadm helmfile terragrunt
    tflint bosh cf
  `]: local("~/.cache", "~/.config"),
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
  if (path.startsWith("/")) draft.fills(path);
  else draft.needsRoot("installs programs for all users");
}
