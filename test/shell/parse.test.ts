import { describe, expect, test } from "vitest";
import { parseExec, parseShell, type ShellCommand } from "../../src/shell/index.ts";
import { logical } from "./render.ts";

function parse(script: string, variables: Record<string, string> = {}, cwd: string | null = "/app") {
  return parseShell(logical(script), { variables: new Map(Object.entries(variables)), cwd });
}

/** The words of each command; what is not known as `?`, after what is. */
function words(script: string, variables?: Record<string, string>): string[] {
  return parse(script, variables).commands.map((command) =>
    command.argv.map((word) => word.value ?? word.glob ?? `${word.prefix}?`).join(" "),
  );
}

describe("words", () => {
  test.each<[script: string, words: string[]]>([
    ["a 'b c' \"d e\" f\\ g", ["a b c d e f g"]],
    ["echo $A ${A} \"$A\" '$A'", ["echo x x x $A"]],
    ["echo $NOBODY", ["echo ?"]],
    ["echo /data/$NOBODY/x", ["echo /data/?"]],
    ["echo ${NOBODY:-fallback} ${A:-fallback} ${A:+other}", ["echo fallback x other"]],
    ["echo ${A%.*}", ["echo ?"]],
    ["B=y; echo $B$A", ["", "echo yx"]],
    ["export B=y && echo $B", ["export B=y", "echo y"]],
    ["B=y true; echo $B", ["true", "echo ?"]],
    ["B=$(date); echo $B", ["", "date", "echo ?"]],
    ["A=new; echo $A", ["", "echo new"]],
    ["A+=y; echo $A", ["", "echo xy"]],
    ["if true; then A=y; echo $A; fi; echo $A", ["true", "", "echo y", "echo ?"]],
    ["(A=y; echo $A); echo $A", ["", "echo y", "echo x"]],
    ["read A; echo $A", ["read A", "echo ?"]],
    ["LIST='a b'; echo $LIST \"$LIST\"", ["", "echo a b a b"]],
    ["mkdir {a,b}/c", ["mkdir a/c b/c"]],
    ["mkdir {1..3}", ["mkdir 1 2 3"]],
    ['mkdir "{a,b}"', ["mkdir {a,b}"]],
    ["rm /x/*.tgz", ["rm /x/*.tgz"]],
    ["f() { local d=$1; rm $d/$2; }; f a b", ["local d=$1", "rm a/b", "f a b"]],
    ["f() { rm $1 $2; }; f a b; f a c", ["rm a ?", "f a b", "f a c"]],
    ["f() { g $1; }; g() { rm $1; }; f a", ["g a", "rm a", "f a"]],
    ["f() { shift; rm $1; }; f a b", ["shift", "rm ?", "f a b"]],
    ["f() { rm $1; }; f $(date); rm $1", ["rm ?", "f ?", "date", "rm ?"]],
    ["for d in a b; do mkdir $d; done", ["mkdir a", "mkdir b"]],
    ["for d in *; do mkdir $d; done", ["mkdir ?"]],
    ["for d in $A y; do echo $d; done", ["echo x", "echo y"]],
    ["while read l; do echo $l; done < f", ["read l", "echo ?", ""]],
    ["f() { echo in; }; f", ["echo in", "f"]],
    ["case $A in x) echo one;; *) echo two;; esac", ["echo one", "echo two"]],
    ["echo a | tee b | cat", ["echo a", "tee b", "cat"]],
    ["echo $(cat f)", ["echo ?", "cat f"]],
    ["echo `cat f`", ["echo ?", "cat f"]],
    ["diff <(sort a) <(sort b)", ["diff ? ?", "sort a", "sort b"]],
    ['echo "v$(cat f)"', ["echo v?", "cat f"]],
    ["! grep -q x f", ["grep -q x f"]],
    ["cd $(mktemp -d) && echo $PWD", ["cd /tmp/tmp.XXXXXXXXXX", "mktemp -d", "echo /tmp/tmp.XXXXXXXXXX"]],
    ["echo $HOME/x ~/y", ["echo ~/x ~/y"]],
    ["echo a # comment\necho b", ["echo a", "echo b"]],
    ["[[ -f $(find x) ]] && echo y", ["find x", "echo y"]],
    ['exec "$@"', ["exec ?"]],
  ])("%s", (script, expected) => {
    expect(words(script, { A: "x" })).toEqual(expected);
  });

  test("a home that is known takes the place of the tilde", () => {
    expect(words("mkdir ~ ~/a $HOME/b", { HOME: "/home/app" })).toEqual([
      "mkdir /home/app /home/app/a /home/app/b",
    ]);
  });

  test("the name of a command is without its directory", () => {
    expect(parse("/usr/sbin/nginx; $X; ./run.sh").commands.map((c) => c.name)).toEqual([
      "nginx",
      null,
      "run.sh",
    ]);
  });
});

describe("flags", () => {
  const flags = (script: string) =>
    parse(script)
      .commands.filter((command) => command.name === "x")
      .map((command) => describeFlags(command))
      .join(" ");

  function describeFlags(command: ShellCommand): string {
    const found: string[] = [];
    if (command.conditional) found.push("conditional");
    if (command.background) found.push("background");
    if (command.substitution) found.push("substitution");
    if (command.function !== null) found.push(`function:${command.function}`);
    if (command.guard) found.push(`guard:${command.guard}`);
    return found.join("+") || "plain";
  }

  test.each([
    ["x", "plain"],
    ["a && x && x", "plain plain"],
    ["a || x", "conditional"],
    ["x || true", "plain"],
    ["a && x || true", "conditional"],
    ["a && x || exit 1", "plain"],
    ["a || b && x", "plain"],
    ["[ -f a ] && x", "plain"],
    ["[ -f a ] && x; y", "conditional"],
    ["command -v a && x; y", "conditional"],
    ['[ -n "$A" ] || { echo no; exit 1; }; x', "plain"],
    ["if x; then x; else x; fi", "plain conditional conditional"],
    ["case $a in b) x;; esac", "conditional"],
    ["while x; do x; done", "plain conditional"],
    ["for i in a b; do x $i; done", "plain plain"],
    ["for i in $(ls); do x $i; done", "conditional"],
    ["x & y", "background"],
    ["(x)", "plain"],
    ["{ x; }", "plain"],
    ["echo $(x)", "substitution"],
    ["f() { x; }; f", "conditional+function:f"],
    ["function f { x; }", "conditional+function:f"],
    ['if [ "$(id -u)" = "0" ]; then x; else x; fi', "conditional+guard:root conditional+guard:other"],
    ['if [ "$(id -u)" != 0 ]; then x; fi', "conditional+guard:other"],
    ["if [ $EUID -eq 0 ]; then x; fi", "conditional+guard:root"],
    ['if [[ "$UID" -ne 0 ]]; then x; fi', "conditional+guard:other"],
    ['[ "$(id -u)" = 0 ] && x', "conditional+guard:root"],
    ['if [ "$1" = redis -a "$(id -u)" = "0" ]; then x; fi', "conditional+guard:root"],
    ['if [ "$(whoami)" == root ]; then x; fi', "conditional+guard:root"],
  ])("%s", (script, expected) => {
    expect(flags(script)).toBe(expected);
  });
});

describe("the working directory", () => {
  test.each([
    ["cd /x; c", "/x"],
    ["cd x && c", "/app/x"],
    ["cd ../b; c", "/b"],
    ["cd /x; cd -; c", "/app"],
    ["pushd /x; popd; c", "/app"],
    ["(cd /x); c", "/app"],
    ["cd /x | cat; c", "/app"],
    ["cd $X; c", null],
    ["if a; then cd /x; fi; c", null],
    ["a || cd /x; c", null],
    ["cd /x || exit 1; c", "/x"],
    ["D=/opt/y; cd $D; c", "/opt/y"],
    ["f() { c; }", null],
    ['cd "$(dirname "$0")"; c', null],
  ])("%s", (script, expected) => {
    expect(parse(script).commands.findLast((command) => command.name === "c")?.cwd).toBe(expected);
  });
});

describe("redirections", () => {
  const redirects = (script: string) =>
    parse(script).commands.map(({ redirects: all }) =>
      all.map(({ operator, target }) => `${operator} ${target.value ?? "?"}`).join(", "),
    );

  test.each<[script: string, redirects: string[]]>([
    ["a > b 2>&1", ["> b, >& 1"]],
    ["a >> $X/b", [">> ?"]],
    ["a < in >out", ["< in, > out"]],
    ["a &> b", ["&> b"]],
    ["cat <<EOF > f\nx $Y\nEOF", ["<< ?, > f"]],
    ["cat <<'EOF' > f\nx $Y\nEOF", ["<< x $Y\n, > f"]],
    ["cat <<-EOF\n\tx\n\tEOF", ["<<- \tx\n"]],
    ["cat <<< hi", ["<<< hi"]],
    ["{ a; b; } > c", ["", "", "> c"]],
    ["> empty", ["> empty"]],
  ])("%s", (script, expected) => {
    expect(redirects(script)).toEqual(expected);
  });

  test("commands in the body of a heredoc are seen", () => {
    expect(words("cat <<EOF\n$(hostname)\nEOF")).toEqual(["cat", "hostname"]);
  });
});

describe("positions", () => {
  /** Every word's range holds what `raw` says, and every command begins and ends with its words. */
  function check(script: string): void {
    for (const command of parse(script).commands) {
      for (const word of command.argv) expect(script.slice(word.start, word.end)).toBe(word.raw);
      const first = command.argv[0];
      if (first !== undefined && command.assignments.length === 0) expect(command.start).toBe(first.start);
    }
  }

  test.each([
    "apt-get update && apt-get install -y 'a b' \"c$D\" e\\ f",
    "for d in a b; do mkdir -p /x/$d; done",
    'if [ -z "$X" ]; then echo ${Y:-z}; fi',
    'echo "$(cat /etc/os-release | grep ID)" `hostname -f`',
    'exec gosu "$USER" "$@"',
    "mkdir -p /srv/{a,b} ~/x",
    "cat <<EOF > /etc/x\nbody $(date)\nEOF\necho after",
  ])("%s", check);

  test("a continuation that the caller removed is skipped", () => {
    // `mkdir \⏎  -p /x`, with three characters taken out after `mkdir `.
    const source = { text: "mkdir -p /x", toSource: (offset: number) => (offset < 6 ? offset : offset + 3) };
    const [command] = parseShell(source).commands;
    expect(command!.argv.map(({ start, end }) => [start, end])).toEqual([
      [0, 5],
      [9, 11],
      [12, 14],
    ]);
    expect([command!.start, command!.end]).toEqual([0, 14]);
  });

  test("a character of the value is found behind quotes and backslashes", () => {
    const script = 'run "a:80" \'b:81\' c\\:82 "\\$d:83" ${P:-84} $A:85';
    const [command] = parse(script, { A: "host" }).commands;
    for (const port of ["80", "81", "82", "83", "84", "85"]) {
      const word = command!.argv.find((item) => item.value?.includes(port))!;
      const at = word.offsetOf!(word.value!.indexOf(port));
      expect(script.slice(at, at + 2)).toBe(port);
    }
  });

  test("what a variable gives is told", () => {
    const [command] = parse("run $A:80", { A: "host" }).commands;
    expect(command!.argv[1]!.variableAt!(0)).toBe("A");
    expect(command!.argv[1]!.variableAt!(5)).toBe(null);
  });
});

describe("exec form", () => {
  const exec = (source: string) => {
    const elements = [...source.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map((match) => ({
      value: JSON.parse(match[0]) as string,
      start: match.index,
      end: match.index + match[0].length,
    }));
    return parseExec(elements, { cwd: "/app" });
  };

  test("one command, its words literal", () => {
    const source = '["gunicorn", "-b", "0.0.0.0:80", "$APP"]';
    const { commands } = exec(source);
    expect(commands).toHaveLength(1);
    expect(commands[0]!.name).toBe("gunicorn");
    expect(commands[0]!.argv.map((word) => word.value)).toEqual(["gunicorn", "-b", "0.0.0.0:80", "$APP"]);
    expect(source.slice(commands[0]!.argv[2]!.start, commands[0]!.argv[2]!.end)).toBe('"0.0.0.0:80"');
    const at = commands[0]!.argv[2]!.offsetOf!(8);
    expect(source.slice(at, at + 2)).toBe("80");
  });

  test.each([
    ['["sh", "-c", "cd /x && exec node server.js"]', ["cd /x", "exec node server.js"]],
    ['["/bin/bash", "-lc", "a | b"]', ["a", "b"]],
    ['["bash", "-e", "-o", "pipefail", "-c", "a"]', ["a"]],
    ['["sh", "entrypoint.sh"]', ["sh entrypoint.sh"]],
    ['["bash", "-s"]', ["bash -s"]],
    ["[]", []],
  ])("%s", (source, expected) => {
    expect(exec(source).commands.map((c) => c.argv.map((word) => word.value).join(" "))).toEqual(expected);
  });

  test("positions inside the script of `sh -c`", () => {
    const source = '["sh", "-c", "flask run --port 80"]';
    const word = exec(source).commands[0]!.argv[3]!;
    expect(source.slice(word.start, word.end)).toBe("80");
  });
});

test("functions are named and errors kept", () => {
  expect(parse("f() { a; }; g() { b; }").functions).toEqual(["f", "g"]);
  expect(parse("if true; then").errors).not.toEqual([]);
  expect(parse("echo 'open").errors).not.toEqual([]);
  expect(parse("echo $(if)").errors).not.toEqual([]);
  expect(parse("").commands).toEqual([]);
});

test("loops inside loops are not unrolled without end", () => {
  const items = "1 2 3 4 5 6 7 8";
  const { commands } = parse(
    `for a in ${items}; do for b in ${items}; do for c in ${items}; do x $a$b$c; done; done; done`,
  );
  expect(commands.length).toBeLessThan(100);
});
