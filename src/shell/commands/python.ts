import type { Arguments } from "../arguments.ts";
import type { Draft } from "../draft.ts";
import { parentOf } from "../paths.ts";
import { table, type Spec } from "../spec.ts";
import type { ShellCommand } from "../types.ts";
import { cached, everyone, local, looks } from "./common.ts";

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
  draft.fills("~/.cache/pip");
  intoPython(args, draft, command);
}

function intoPython(args: Arguments, draft: Draft, command: ShellCommand): void {
  const target = args.word("-t", "--target", "--prefix", "--root");
  const environment = environmentOf(command, draft);
  if (target !== null) draft.use(target, "fill");
  else if (environment !== null) draft.fills(environment);
  else if (args.has("--user") || draft.context.user === "other") {
    draft.fills("~/.local");
  } else draft.needsRoot("installs Python packages for all users");
}

const pip: Spec = {
  valued: "--log --proxy --retries --timeout --trusted-host --cert --client-cert --cache-dir --python",
  sub: table({
    install: {
      valued: `
          -r -c -t -e -i -f --requirement --constraint --target --prefix --root --src --upgrade-strategy
          --index-url --extra-index-url --find-links --no-binary --only-binary --platform --python-version
          --implementation --abi --global-option --install-option --config-settings --progress-bar
          --root-user-action --report
        `,
      effect: pipInstall,
    },
    uninstall: { valued: "-r --requirement", effect: intoPython },
    "download wheel": { valued: "-r -w -d -c -i -f --wheel-dir --dest", writes: [".", "~/.cache/pip"] },
    "list show freeze check search debug --version": looks,
    config: cached("~/.config/pip"),
    cache: cached("~/.cache/pip"),
  }),
};

/** `python setup.py install`, `python manage.py migrate`, `python script.py`. */
function python(args: Arguments, draft: Draft, command: ShellCommand): void {
  const [file, verb] = args.operands;
  const name = file?.value?.slice(file.value.lastIndexOf("/") + 1);
  if (name === "setup.py" && verb !== undefined) {
    draft.fills(".");
    if (["install", "develop"].includes(verb.value ?? "")) intoPython(args, draft, command);
  } else if (name === "manage.py" && verb !== undefined) {
    draft.fills(".");
  } else if (args.has("-V", "--version", "-h", "--help")) return;
  else if (file === undefined && !args.has("-c") && command.redirects.length === 0) {
    draft.mayNeedRoot("runs Python code");
  } else draft.mayNeedRoot(file === undefined ? "runs Python code" : "runs a script");
  if (file !== undefined) draft.use(file, "read");
}

function venv(args: Arguments, draft: Draft): void {
  for (const word of args.operands) draft.use(word, "fill");
}

const conda: Spec = {
  ...everyone,
  why: "installs Conda packages for all users",
  valued: "-n -p -c -f --name --prefix --channel --file",
  sub: table({
    "info list search --version activate deactivate": looks,
    "config init": cached("~/.condarc", "~/.bashrc"),
  }),
};

/** Python, and what installs for it. */
export const PYTHON = table({
  pip: pip,
  "python pypy ipython": {
    valued: "-c -m -W -X --prefix --root --target",
    effect: python,
  },
  "manage.py django-admin django-admin.py": local(),
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
            valued: `
                -r -c -e --target --prefix --requirement --constraint --index-url --extra-index-url --python
              `,
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
  [`
    pytest tox nosetests flake8 pylint mypy black isort ruff coverage sphinx-build mkdocs nox
    pre-commit bandit cython f2py compileall py_compile unittest pybabel twine build nltk.downloader
    spacy pip-compile pip-sync alembic babel wheel black json.tool cookiecutter
  `]: local("~/.cache"),
  "http.server SimpleHTTPServer": { root: "unknown", why: "starts a server" },
  [`
    gunicorn uvicorn hypercorn daphne flask celery uwsgi waitress-serve streamlit jupyter jupyter-lab
    jupyter-notebook fastapi granian sanic
  `]: { root: "unknown", why: "starts a server", when: [{ has: "--version --help", then: {} }] },
});
