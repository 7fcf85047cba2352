import { describe, expect, test } from "vitest";
import { parseShell, unwrap } from "../../src/shell/index.ts";
import { logical } from "./render.ts";

/** What runs in the end, one command per entry, with who it runs as. */
function inner(script: string): string {
  const [command] = parseShell(logical(script), { cwd: "/app" }).commands;
  return unwrap(command!)
    .map(({ command: found, switchesTo }) => {
      const words = found.argv.map((word) => word.value ?? `${word.prefix}?`).join(" ");
      return switchesTo === null ? words : `${words} (${switchesTo.user ?? "?"} by ${switchesTo.mechanism})`;
    })
    .join("; ");
}

describe("wrappers", () => {
  test.each([
    ["nginx -g 'daemon off;'", "nginx -g daemon off;"],
    ["exec nginx", "nginx"],
    ["exec -a name nginx", "nginx"],
    ["exec > log", "exec"],
    ["env A=b C=d nginx", "nginx"],
    ["env -i A=b nginx", "nginx"],
    ["env -u A nginx", "nginx"],
    ["env", "env"],
    ["command ls", "ls"],
    ["command -v ls", "command -v ls"],
    ["nohup server", "server"],
    ["time make", "make"],
    ["nice -n 10 make", "make"],
    ["timeout 5 curl x", "curl x"],
    ["timeout -k 5 -s KILL 10 curl x", "curl x"],
    ["stdbuf -oL server", "server"],
    ["tini -- server", "server"],
    ["tini -g -- server --port 1", "server --port 1"],
    ["/sbin/tini -s server", "server"],
    ["dumb-init server", "server"],
    ["dumb-init -- bash -c 'a && b'", "a; b"],
    ["catchsegv server", "server"],
    ["xvfb-run -a -s '-screen 0' npm test", "npm test"],
    ["setsid server", "server"],
    ["busybox crond -f", "crond -f"],
    ["python -m http.server 80", "http.server 80"],
    ["python3 -u -m flask run", "flask run"],
    ["python app.py", "python app.py"],
    ["/venv/bin/python -m pip install x", "/venv/bin/pip install x"],
    ["poetry run gunicorn app", "gunicorn app"],
    ["poetry install", "poetry install"],
    ["pipenv run flask run", "flask run"],
    ["uv run --no-sync uvicorn app:app", "uvicorn app:app"],
    ["conda run -n env python x.py", "python x.py"],
    ["bundle exec puma -p 80", "puma -p 80"],
    ["bundle install", "bundle install"],
    ["npx serve -l 80", "serve -l 80"],
    ["npx --yes serve", "serve"],
    ["pnpm exec vite", "vite"],
    ["yarn dlx x", "x"],
    ["newrelic-admin run-program gunicorn app", "gunicorn app"],
    ["ddtrace-run gunicorn app", "gunicorn app"],
    ["dockerize -wait tcp://db:5432 -timeout 10s server", "server"],
    ["wait-for-it.sh db:5432 -t 10 -- server", "server"],
    ["sh -c 'a; b'", "a; b"],
    ['bash -lc "a $X"', "a ?"],
    ["sh script.sh", "sh script.sh"],
    ['sh -c "$CMD"', "?"],
    ["xargs -0 -n 1 rm -f", "rm -f ?"],
    ["find /x -name y -exec rm -f {} +", "rm -f /x/?"],
    ["find . -name y", "find . -name y"],
    ["exec tini -- env A=b sh -c 'exec node x.js'", "node x.js"],
    ['exec "$@"', "?"],
  ])("%s", (script, expected) => {
    expect(inner(script)).toBe(expected);
  });
});

describe("switches of user", () => {
  test.each([
    ["gosu app server", "server (app by gosu)"],
    ['exec gosu "$USER" "$@"', "? (? by gosu)"],
    ['exec su-exec nobody:nobody "$@"', "? (nobody by su-exec)"],
    ["su-exec 1000:1000 server", "server (1000 by su-exec)"],
    ["s6-setuidgid app server", "server (app by s6-setuidgid)"],
    ["chpst -u app:app server", "server (app by chpst)"],
    ["setpriv --reuid=app --regid=app --init-groups server", "server (app by setpriv)"],
    ["setpriv --reuid 1000 --clear-groups -- server", "server (1000 by setpriv)"],
    ["runuser -u app -- server", "server (app by runuser)"],
    ["runuser -l app -c 'server --x'", "server --x (app by runuser)"],
    ["su -c 'server --x' app", "server --x (app by su)"],
    ["su app -c 'a; b'", "a (app by su); b (app by su)"],
    ["su - app -s /bin/sh -c server", "server (app by su)"],
    ["su -c server", "server (root by su)"],
    ["sudo apt-get update", "apt-get update (root by sudo)"],
    ["sudo -E -H -u app A=b server", "server (app by sudo)"],
    ["sudo --user=app server", "server (app by sudo)"],
    [
      "start-stop-daemon --start -c app --exec /bin/server -- --x",
      "/bin/server --x (app by start-stop-daemon)",
    ],
    ["chroot --userspec=1000:0 / server", "server (1000 by chroot)"],
    ["chroot /mnt server", "server"],
    ["exec tini -- gosu app server", "server (app by gosu)"],
    ["sudo gosu app server", "server (app by gosu)"],
    ['set -- gosu app "$@"', "? (app by gosu)"],
    ["set -- a b", "set -- a b"],
  ])("%s", (script, expected) => {
    expect(inner(script)).toBe(expected);
  });

  test("wrappers are told, outermost first", () => {
    const [command] = parseShell(logical("exec env A=b gosu app server")).commands;
    const [found] = unwrap(command!);
    expect(found!.wrappers).toEqual(["exec", "env", "gosu"]);
    expect(found!.command.assignments.map(({ name, value }) => [name, value.value])).toEqual([["A", "b"]]);
  });

  test("positions hold inside the quotes of `su -c`", () => {
    const script = "su app -c 'server --port 80'";
    const [command] = parseShell(logical(script)).commands;
    const word = unwrap(command!)[0]!.command.argv[2]!;
    expect(script.slice(word.start, word.end)).toBe("80");
  });
});
