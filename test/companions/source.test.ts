import { describe, expect, test } from "vitest";
import { readSource } from "../../src/companions/index.ts";
import { memoryTree } from "../../src/file-tree/memory.ts";
import { expectExactSites } from "./sites.ts";

const read = (files: Record<string, string>, directory = "") =>
  readSource(memoryTree(files), directory, { ignore: () => false });

async function listening(path: string, text: string): Promise<string[]> {
  const { listens } = await read({ [path]: text });
  expectExactSites(
    text,
    listens.flatMap(({ site }) => site ?? []),
  );
  return listens.map(({ site, variable }) => [site?.port, variable].filter((part) => part != null).join(" "));
}

async function written(path: string, text: string): Promise<string[]> {
  const { writes } = await read({ [path]: text });
  for (const { line, says } of writes) expect(text.split("\n")[line - 1]).toContain(says.split(/[ (]/)[0]);
  return writes.map(({ path, directory, relativeTo }) => `${relativeTo}:${path}${directory ? "/" : ""}`);
}

test("gunicorn's configuration says what it writes", async () => {
  const text = "pidfile = 'g.pid'\naccesslog = '-'\nerrorlog = '/var/log/g.log'\n";
  expect(await written("gunicorn.conf.py", text)).toEqual(["cwd:g.pid", "cwd:/var/log/g.log"]);
});

describe("what listens", () => {
  test.each([
    ["app.js", "app.listen(80)", ["80"]],
    ["app.js", "app.listen(process.env.PORT || 80, () => {})", ["80 PORT"]],
    ["app.ts", "const port = Number(process.env.PORT ?? 80);\nserver.listen(port, '0.0.0.0');", ["80 PORT"]],
    ["app.mjs", "const { PORT = 80 } = process.env; app.listen(PORT)", ["80 PORT"]],
    [
      "app.js",
      "const port = process.env.PORT ? parseInt(process.env.PORT, 10) : 80; http.createServer(f).listen(port);",
      ["80 PORT"],
    ],
    ["app.ts", "await app.listen({ port: 80, host: '::' })", ["80"]],
    ["app.ts", "Bun.serve({ port: 80, fetch })", ["80"]],
    [
      "bin/www",
      "var port = normalizePort(process.env.PORT || '80'); app.set('port', port); server.listen(port);",
      ["80 PORT", "80 PORT"],
    ],
    ["app.js", "const config = { port: 80 }; app.listen(config.port)", ["80"]],
    ["app.js", "new WebSocketServer({ port: 80 })", ["80"]],
    ["app.js", "app.listen(process.env.PORT)", ["PORT"]],
    ["app.js", "emitter.on('x', 80); redis.connect(80)", []],
    ["a.test.js", "app.listen(80)", []],
    ["webpack.config.js", "app.listen(80)", []],
    ["tests/app.js", "app.listen(80)", []],
    ["vite.config.ts", "export default defineConfig({ server: { port: 80 } })", ["80"]],
    ["vite.config.js", "export default defineConfig(() => ({ preview: { port: 80, host: true } }))", ["80"]],
    ["vite.config.js", "export default { port: 80, test: { server: { port: 81 } } }", []],
    ["webpack.prod.js", "module.exports = { devServer: { port: process.env.PORT || 80 } }", ["80 PORT"]],
    ["gunicorn.conf.py", 'import os\nbind = "0.0.0.0:80"\n', ["80"]],
    ["gunicorn.conf.py", 'bind = ["0.0.0.0:80", "[::]:81"]\n', ["80", "81"]],
    ["gunicorn.conf.py", "bind = f\"0.0.0.0:{os.getenv('PORT', '80')}\"\n", ["80 PORT"]],
    [
      "gunicorn.conf.py",
      'host = os.getenv("HOST", "::")\nport = os.getenv("PORT", "80")\nbind = f"{host}:{port}"\n',
      ["80 PORT"],
    ],
    ["gunicorn.conf.py", 'bind = "unix:/run/gunicorn.sock"\n', []],
    ["app.js", "app.listen({ host: process.env.HOST, port: process.env.PORT })", ["PORT"]],
    ["app.py", "app.run(host='0.0.0.0', port=80)", ["80"]],
    ["app.py", "app.run(port=int(os.environ.get('PORT', 80)))", ["80 PORT"]],
    [
      "app.py",
      "PORT = int(os.getenv(\"PORT\", \"80\"))\nuvicorn.run('a:app', host='::', port=PORT)",
      ["80 PORT"],
    ],
    ["app.py", "server = HTTPServer(('', 80), Handler)", ["80"]],
    ["app.py", "sock.bind(('0.0.0.0', 80))", ["80"]],
    ["app.py", "query.bind(80)", []],
    ["app.py", "app.run(port=os.environ['PORT'])", ["PORT"]],
    ["app.py", "make_server('', 80, app)", ["80"]],
    ["config/puma.rb", 'port ENV.fetch("PORT") { 80 }', ["80 PORT"]],
    ["config/puma.rb", 'bind "tcp://0.0.0.0:80"\nbind "unix:///run/puma.sock"', ["80"]],
    ["config/unicorn.rb", "listen 80, tcp_nopush: true", ["80"]],
    ["main.rs", 'fn main() { HttpServer::new(|| App::new()).bind(("0.0.0.0", 80))?.run().await }', ["80"]],
    ["main.rs", 'fn main() { let l = tokio::net::TcpListener::bind("0.0.0.0:80").await.unwrap(); }', ["80"]],
    [
      "main.rs",
      "fn main() { let addr = SocketAddr::from(([0, 0, 0, 0], 80)); axum::Server::bind(&addr).serve(app); }",
      ["80"],
    ],
    [
      "main.rs",
      'fn main() { let port = env::var("PORT").unwrap_or_else(|_| "80".to_string());\nlet l = TcpListener::bind(format!("0.0.0.0:{}", port)).await?; }',
      ["80 PORT"],
    ],
    [
      "main.rs",
      "const PORT: u16 = 80;\nfn main() { warp::serve(routes).run(([0, 0, 0, 0], PORT)).await; }",
      ["80"],
    ],
    ["main.rs", 'fn main() { sqlx::query("select 1").bind(80).execute(&pool).await?; }', []],
    ["main.rs", '#[cfg(test)]\nmod tests { fn t() { TcpListener::bind("0.0.0.0:80"); } }', []],
    ["main.go", 'package m\nfunc main() { http.ListenAndServe(":80", nil) }', ["80"]],
    ["main.go", 'package m\nfunc main() { s := &http.Server{Addr: "0.0.0.0:80", Handler: h} }', ["80"]],
    [
      "main.go",
      'package m\nfunc main() { port := os.Getenv("PORT"); if port == "" { port = "80" }\n http.ListenAndServe(":"+port, nil) }',
      ["80 PORT"],
    ],
    ["main.go", 'package m\nfunc main() { l, err := net.Listen("tcp", fmt.Sprintf(":%d", 80)) }', ["80"]],
    ["main.go", 'package m\nfunc main() { r := gin.Default(); r.Run(":80") }', ["80"]],
    ["app.rb", "set :port, ENV.fetch('PORT', 80)", ["80 PORT"]],
    ["app.rb", "set :port, ENV['PORT'] || 80", ["80 PORT"]],
    ["app.php", "<?php $s = new Swoole\\Http\\Server('0.0.0.0', 80);", ["80"]],
    ["app.php", "<?php $w = new Worker('http://0.0.0.0:80');", ["80"]],
    [
      "App.java",
      "class A { void m() { new ServerSocket(80); HttpServer.create(new InetSocketAddress(80), 0); } }",
      ["80", "80"],
    ],
    [
      "App.kt",
      'fun main() { embeddedServer(Netty, port = System.getenv("PORT")?.toInt() ?: 80) { }.start() }',
      ["80 PORT"],
    ],
    ["App.cs", 'class A { void M() { o.ListenAnyIP(80); b.WebHost.UseUrls("http://*:80"); } }', ["80", "80"]],
  ])("%s: %s", async (path, text, expected) => {
    expect((await listening(path, text)).sort()).toEqual([...expected].sort());
  });
});

describe("what is written", () => {
  test.each([
    [
      "config/puma.rb",
      'pidfile "tmp/pids/server.pid"\nstdout_redirect "/var/log/puma/out.log", "/var/log/puma/err.log", true',
      ["cwd:tmp/pids/server.pid", "cwd:/var/log/puma/out.log", "cwd:/var/log/puma/err.log"],
    ],
    ["config/unicorn.rb", 'pid "/run/unicorn/u.pid"', ["cwd:/run/unicorn/u.pid"]],
    ["main.rs", 'fn main() { let f = File::create("/data/app.log")?; }', ["cwd:/data/app.log"]],
    ["main.rs", 'fn main() { std::fs::write("state.json", b"{}").unwrap(); }', ["cwd:state.json"]],
    [
      "main.rs",
      'static DIR: &str = "/data";\nfn main() { fs::create_dir_all(format!("{DIR}/files"))?; }',
      ["cwd:/data/files/"],
    ],
    [
      "main.rs",
      'fn main() { OpenOptions::new().append(true).create(true).open("logs/a.log")?; }',
      ["cwd:logs/a.log"],
    ],
    ["main.rs", 'fn main() { OpenOptions::new().read(true).open("logs/a.log")?; }', []],
    [
      "main.rs",
      'fn main() { Connection::open(Path::new("db").join("app.sqlite"))?; }',
      ["cwd:db/app.sqlite"],
    ],
    [
      "main.rs",
      'fn main() { let a = tracing_appender::rolling::daily("/var/log/app", "app"); }',
      ["cwd:/var/log/app/"],
    ],
    ["main.rs", "fn main() { let d = tempfile::tempdir()?; }", ["cwd:/tmp/"]],
    ["app.js", "fs.writeFileSync('data/x.json', s)", ["cwd:data/x.json"]],
    [
      "src/app.js",
      "fs.mkdirSync(path.join(__dirname, '..', 'uploads'), { recursive: true })",
      ["source:uploads/"],
    ],
    [
      "src/app.js",
      "const DIR = path.join(__dirname, 'logs');\nfs.createWriteStream(path.join(DIR, name + '.log'))",
      ["source:src/logs/"],
    ],
    [
      "src/app.ts",
      "const dir = process.env.DATA_DIR || './data'; fs.promises.writeFile(`${dir}/a.json`, x)",
      ["cwd:data/a.json"],
    ],
    ["app.js", "fs.writeFile(file, x)", []],
    ["app.js", "fs.open('a', 'r'); fs.open('b', 'w'); store.open('c', 'w')", ["cwd:b"]],
    ["app.js", "multer({ dest: 'uploads/' })", ["cwd:uploads/"]],
    ["app.js", "multer.diskStorage({ destination: (req, file, cb) => cb(null, './up') })", ["cwd:up/"]],
    ["app.js", "new winston.transports.File({ filename: 'logs/e.log' })", ["cwd:logs/e.log"]],
    [
      "app.js",
      "const db = new sqlite3.Database('/data/app.db'); new sqlite3.Database(':memory:')",
      ["cwd:/data/app.db"],
    ],
    ["app.js", "new Sequelize({ dialect: 'sqlite', storage: './db.sqlite' })", ["cwd:db.sqlite"]],
    ["app.js", "mkdirSync(resolve(process.cwd(), 'tmp'))", ["cwd:tmp/"]],
    [
      "app.mjs",
      "const here = dirname(fileURLToPath(import.meta.url)); mkdirSync(join(here, 'x'))",
      ["source:x/"],
    ],
    ["app.mjs", "writeFileSync(new URL('./x.json', import.meta.url), s)", ["source:x.json"]],
    [
      "app.py",
      "open('a.txt', 'w'); open('b.txt'); open('c.txt', mode='ab'); open('d', 'rb')",
      ["cwd:a.txt", "cwd:c.txt"],
    ],
    [
      "pkg/app.py",
      "BASE = os.path.dirname(os.path.abspath(__file__))\nos.makedirs(os.path.join(BASE, 'data'), exist_ok=True)",
      ["source:pkg/data/"],
    ],
    [
      "a/settings.py",
      "BASE_DIR = Path(__file__).resolve().parent.parent\nDATABASES = {'default': {'ENGINE': 'django.db.backends.sqlite3', 'NAME': BASE_DIR / 'db.sqlite3'}}\nMEDIA_ROOT = BASE_DIR / 'media'",
      ["source:db.sqlite3", "source:media/"],
    ],
    [
      "app.py",
      "Path('out').mkdir(parents=True); (Path('out') / 'x.txt').write_text('')",
      ["cwd:out/", "cwd:out/x.txt"],
    ],
    ["app.py", "p = Path('log.txt')\nwith p.open('a') as f: pass", ["cwd:log.txt"]],
    [
      "app.py",
      "h = RotatingFileHandler('logs/app.log'); logging.basicConfig(filename='b.log')",
      ["cwd:logs/app.log", "cwd:b.log"],
    ],
    [
      "app.py",
      "LOGGING = {'handlers': {'f': {'class': 'logging.FileHandler', 'filename': '/var/log/a.log'}}}",
      ["cwd:/var/log/a.log"],
    ],
    ["app.py", "sqlite3.connect('x.db'); sqlite3.connect(':memory:')", ["cwd:x.db"]],
    ["app.py", "SQLALCHEMY_DATABASE_URI = 'sqlite:///data/app.db'", ["cwd:data/app.db"]],
    ["app.py", "URL = os.getenv('DATABASE_URL', 'sqlite:////data/app.db')", ["cwd:/data/app.db"]],
    [
      "app.py",
      "app.config['UPLOAD_FOLDER'] = 'up'\nf.save(os.path.join(app.config['UPLOAD_FOLDER'], name))",
      ["cwd:up/"],
    ],
    ["app.py", "with open(f'out/{name}.txt', 'w') as f: pass", ["cwd:out/"]],
    [
      "a.php",
      "<?php file_put_contents(__DIR__ . '/cache/x', $y); move_uploaded_file($a, 'up/' . $n); fopen('r.txt', 'r');",
      ["source:cache/x", "cwd:up/"],
    ],
    ["a.php", "<?php mkdir(storage_path('app/x'));", ["cwd:storage/app/x/"]],
    [
      "a.rb",
      "FileUtils.mkdir_p('tmp/x'); File.open(\"out/#{n}\", 'w') { }; File.open('r')",
      ["cwd:tmp/x/", "cwd:out/"],
    ],
    ["a.rb", "File.write(Rails.root.join('tmp', 'a.txt'), 'x')", ["cwd:tmp/a.txt"]],
    [
      "main.go",
      'package m\nfunc f() { os.MkdirAll(os.TempDir(), 0o777); os.CreateTemp("", "x"); os.MkdirTemp("/data/work", "x") }',
      ["cwd:/tmp/", "cwd:/tmp/", "cwd:/data/work/"],
    ],
    [
      "a.go",
      'package m\nfunc f() { os.MkdirAll("data", 0o755); os.Create(filepath.Join("data", name)); os.OpenFile("l.log", os.O_APPEND|os.O_CREATE, 0o644); os.OpenFile("r", os.O_RDONLY, 0) }',
      ["cwd:data/", "cwd:l.log"],
    ],
    [
      "A.java",
      'class A { void m() { new FileWriter("x.txt"); Files.createDirectories(Paths.get("up", "y")); new File("d").mkdirs(); } }',
      ["cwd:x.txt", "cwd:up/y/", "cwd:d/"],
    ],
    ["A.kt", 'fun m() { File("a.txt").writeText("x"); File("d").mkdirs() }', ["cwd:a.txt", "cwd:d/"]],
    [
      "A.cs",
      'class A { void M() { File.WriteAllText(Path.Combine("d", n), s); Directory.CreateDirectory("e"); new StreamWriter(@"f.txt"); } }',
      ["cwd:d/", "cwd:e/", "cwd:f.txt"],
    ],
  ])("%s: %s", async (path, text, expected) => {
    expect((await written(path, text)).sort()).toEqual([...expected].sort());
  });
});

test("options of the command line", async () => {
  expect(
    await listening("app.py", "p.add_argument('--port', type=int, default=80)\napp.run(port=args.port)"),
  ).toEqual(["80"]);
  expect(
    await listening(
      "main.go",
      'package m\nfunc main() { a := flag.String("addr", ":80", "x"); http.ListenAndServe(*a, nil) }',
    ),
  ).toEqual(["80"]);
});

test("frameworks and the folders that they write", async () => {
  const { frameworks, writes } = await read({
    "web/package.json": '{"scripts": {"build": "tsc && next build"}, "dependencies": {"next": "15"}}',
    "links/package.json": '{"scripts": {"build": "tsc"}, "devDependencies": {"next": "15"}}',
    "api/composer.json": '{"require": {"laravel/framework": "^11"}}',
    Gemfile: "source 'x'\ngem 'rails', '~> 7'\ngem \"sqlite3\"\n",
    "requirements.txt": "Django==5.0\ngunicorn\n",
    "pom.xml": "<artifactId>spring-boot-starter-web</artifactId>",
    "tests/package.json": '{"dependencies": {"express": "4"}}',
    "broken/package.json": "{",
  });
  expect(frameworks).toEqual(["django", "laravel", "next", "rails", "spring-boot", "sqlite"]);
  expect(writes.map(({ path }) => path).sort()).toEqual([
    "/tmp",
    "api/bootstrap/cache",
    "api/storage",
    "db",
    "log",
    "storage",
    "tmp",
    "web/.next",
  ]);
});

test("a folder of the tree, ignored files", async () => {
  const files = { "a/x.js": "app.listen(80)", "a/y.js": "app.listen(81)", "b/z.js": "app.listen(82)" };
  const { listens } = await readSource(memoryTree(files), "a", { ignore: (path) => path === "a/y.js" });
  expect(listens.map(({ site }) => site?.path)).toEqual(["a/x.js"]);
});

test("hostile source ends", async () => {
  const nested = (open: string, close: string) =>
    `fs.writeFileSync(${open.repeat(3000)}'x'${close.repeat(3000)}, 1)`;
  await read({
    "a.js": nested("(", ")"),
    "b.js": nested("f(", ")"),
    "c.js": `const a = b; const b = a; fs.mkdirSync(a)`,
    "d.js": `fs.mkdirSync(${Array.from({ length: 3000 }, () => "'x'").join("+")})`,
    "e.py": `open(${"[".repeat(5000)}`,
    "f.py": "open('a\0b', 'w')",
    "g.js": `app.listen(80${" ".repeat(200_000)}`,
    "h.go": "package m\nos.Create(" + '"a"+'.repeat(3000),
    "i.js":
      Array.from({ length: 300 }, (_, n) => `const x${n + 1} = x${n} + x${n};`).join("\n") +
      "const x0 = 'ab'; fs.mkdirSync(x300);",
  });
});
