import { words } from "../arguments.ts";
import type { Options } from "../spec.ts";

/** How a port is written: see the patterns in `listens.ts`. */
export type PortForm = "port" | "address" | "url" | "listen";

/** How a server is told which port to listen on. */
export interface Server {
  readonly grammar: Options;
  /** Options and the form of their values. */
  readonly options?: Readonly<Record<string, PortForm>>;
  readonly operand?: { readonly form: PortForm; readonly all?: boolean; readonly only?: string };
  /** By a word among the arguments: `flask run`. */
  readonly sub?: ReadonlyMap<string, Server>;
}

/** A server with options alone: blank-separated names, each with the form of its value. */
function server(options: Readonly<Record<string, PortForm>>, more: Partial<Server> & Options = {}): Server {
  const forms: Record<string, PortForm> = {};
  for (const names of Object.keys(options)) for (const name of words(names)) forms[name] = options[names]!;
  const { valued, oneDash, ...rest } = more;
  const all = [...Object.keys(forms), ...(valued === undefined ? [] : words(valued))].join(" ");
  return { grammar: { valued: all, ...(oneDash === true && { oneDash }) }, options: forms, ...rest };
}

function only(sub: Readonly<Record<string, Server>>): Server {
  const map = new Map<string, Server>();
  for (const names of Object.keys(sub)) for (const name of words(names)) map.set(name, sub[names]!);
  return { grammar: {}, sub: map };
}

const port = server({ "-p --port -P": "port" });
const long = server({ "--port": "port" });

const java = server(
  {
    [`
      -Dserver.port --server.port -Dhttp.port -Dquarkus.http.port -Djetty.port -Djetty.http.port
      -Dmicronaut.server.port -Dktor.deployment.port -Dplay.server.http.port -Dport --port --httpPort
    `]: "port",
  },
  { oneDash: true, valued: "-jar -cp -classpath" },
);

/** Options that look like ports in programs that are not known. */
export const GENERIC: Server = server(
  {
    "--port --http-port --http_port --https-port --server-port --web-port --listen-port --server.port":
      "port",
    [`
      --listen --listen-addr --listen-address --bind --bind-addr --bind-address --http-addr --addr
      --address --web.listen-address --http-address --listen.address
    `]: "address",
  },
  { oneDash: false },
);

const rows: Readonly<Record<string, Server>> = {
  // Python
  gunicorn: server(
    { "-b --bind": "address" },
    {
      valued: `
          -w -k -c -t -n -u -g -m -e -p --workers --worker-class --threads --timeout --config --chdir
          --log-level --access-logfile --error-logfile --env --name --user --group
        `,
    },
  ),
  uvicorn: server(
    { "--port": "port" },
    { valued: "--host --workers --log-level --app-dir --reload-dir --root-path --env-file" },
  ),
  hypercorn: server({ "-b --bind --insecure-bind --quic-bind": "address" }, { valued: "-w -k -c" }),
  daphne: server({ "-p --port": "port" }, { valued: "-b --bind -u -e --endpoint" }),
  "granian waitress-serve": server(
    { "--port": "port", "--listen": "address" },
    { valued: "--host --interface" },
  ),
  flask: server({ "-p --port": "port" }, { valued: "-h --host -A --app --cert --key" }),
  "fastapi sanic": server({ "-p --port": "port" }, { valued: "--host -H" }),
  "http.server SimpleHTTPServer": {
    grammar: { valued: "-b --bind -d --directory -p --protocol" },
    operand: { form: "port" },
  },
  "python manage.py pypy": only({
    "runserver runserver_plus": { grammar: { valued: "--settings" }, operand: { form: "address" } },
  }),
  "django-admin": only({ runserver: { grammar: { valued: "--settings" }, operand: { form: "address" } } }),
  uwsgi: server(
    { "--http --http-socket --socket --https --https-socket -s --uwsgi-socket": "address" },
    {
      valued: `
          --ini --wsgi-file --module -w -p --processes --threads --uid --gid --chdir --master-fifo --plugin
        `,
    },
  ),
  streamlit: server({ "--server.port": "port" }, { valued: "--server.address" }),
  [`
    jupyter jupyter-lab jupyter-notebook jupyterhub bokeh panel voila mlflow tensorboard locust
    airflow superset prefect chroma
  `]: server({ "-p --port": "port" }, { valued: "--ip --host -h --NotebookApp.token" }),
  "mkdocs sphinx-autobuild pelican": server({ "-a --dev-addr": "address", "--port -p": "port" }),
  celery: server({ "--port": "port" }, { valued: "-A -b" }),
  "paster pserve": server({ http_port: "port" }),
  // Node
  [`
    http-server serve live-server json-server local-web-server ws webpack-dev-server vite next nuxt
    nuxi ng react-scripts astro gatsby nodemon ts-node remix remix-serve sirv ionic expo parcel
    docusaurus storybook start-storybook wrangler vue-cli-service static-server browser-sync eleventy
    meteor strapi
  `]: server({ "-p --port": "port", "-l --listen": "address" }, { valued: "-a -H --host --hostname -c -d" }),
  "node nodejs npm yarn pnpm bun deno npx tsx": server(
    { "--port -p": "port" },
    { valued: "-r --require --import -e -C --prefix --max-old-space-size --env-file" },
  ),
  // Ruby
  rails: only({
    "server s": server({ "-p --port": "port", "-b --binding": "address" }, { valued: "-e -P -c -u " }),
  }),
  puma: server({ "-p --port": "port", "-b --bind": "address" }, { valued: "-C -e -t -w --config -S" }),
  thin: server({ "-p --port": "port" }, { valued: "-a -e -c -R -C -s" }),
  rackup: server({ "-p --port": "port" }, { valued: "-o --host -s -E -I -r" }),
  "unicorn unicorn_rails": server({ "-p --port": "port", "-l --listen": "address" }, { valued: "-c -E -o" }),
  passenger: server({ "-p --port": "port" }, { valued: "-a -e" }),
  "shotgun ruby middleman jekyll bridgetown": server({ "-p --port -P": "port" }, { valued: "-H --host -o" }),
  // PHP
  php: server({ "-S": "address", "--port": "port" }, { valued: "-t -d -c -r -f -z --host" }),
  artisan: only({ "serve octane:start": long }),
  symfony: server({ "--port": "port" }),
  // Java and kin
  java: java,
  "mvn mvnw gradle gradlew catalina.sh standalone.sh sbt": java,
  "jetty.sh asadmin": java,
  // .NET
  dotnet: server(
    { "--urls --Urls --server.urls --ASPNETCORE_URLS": "url" },
    { valued: "--project -c -o --configuration" },
  ),
  // Static sites and the web
  hugo: server({ "-p --port": "port" }, { valued: "-b --bind --baseURL -s -d" }),
  caddy: only({
    "file-server respond": server({ "--listen -l": "address" }, { valued: "--root --domain -r -d" }),
    "reverse-proxy": server({ "--from": "address" }, { valued: "--to" }),
  }),
  // Apache has no such option: this is BusyBox.
  httpd: server({ "-p": "address" }, { valued: "-h -c -u -r -d" }),
  varnishd: server({ "-a": "address" }, { valued: "-f -s -p -T -b -S -n -j -t" }),
  "thttpd mini_httpd webfsd darkhttpd miniserve static-web-server sws simple-http-server": server(
    { "-p --port": "port" },
    { valued: "-d -u -c -h -r --root --addr" },
  ),
  "lighttpd nginx apache2 apache2ctl haproxy supervisord": { grammar: {} },
  traefik: server({
    [`
      --entrypoints.web.address --entryPoints.web.address --entrypoints.websecure.address --api.address
      --entrypoints.http.address
    `]: "address",
  }),
  envoy: { grammar: {} },
  "ttyd gotty": server({ "-p --port": "port" }, { valued: "-c -i -t -s" }),
  websockify: { grammar: { valued: "--web --cert --key" }, operand: { form: "address" } },
  shellinaboxd: server({ "-p --port": "port" }, { valued: "-s -u -g -c" }),
  // Databases and queues
  "redis-server keydb-server valkey-server": server(
    { "--port --tls-port": "port" },
    { valued: "--bind --requirepass --dir" },
  ),
  "redis-sentinel": server({ "--port": "port" }),
  "mongod mongos": server({ "--port": "port" }, { valued: "--dbpath --bind_ip --replSet" }),
  "mysqld mariadbd mysqld_safe": server({ "-P --port": "port" }, { valued: "-u --user" }),
  postgres: server({ "-p": "port" }, { valued: "-D -c -h" }),
  memcached: server({ "-p --port": "port" }, { valued: "-m -u -c -l -t -U" }),
  etcd: server({ "--listen-client-urls --listen-peer-urls": "url" }),
  "consul nomad vault": server({ "-http-port": "port" }, { oneDash: true }),
  "influxd minio weed": server({
    "--http-bind-address --address --console-address": "address",
    "-port -p --port": "port",
  }),
  mosquitto: server({ "-p --port": "port" }, { valued: "-c" }),
  // Plumbing
  socat: { grammar: { valued: "-lf -t -T -b" }, operand: { form: "listen", all: true } },
  "nc ncat netcat": server(
    { "-p --source-port": "port" },
    { valued: "-w -e -c -s -q -i", operand: { form: "port", only: "-l", all: true } },
  ),
  "prometheus alertmanager node_exporter blackbox_exporter pushgateway": server({
    "--web.listen-address": "address",
  }),
  coredns: server({ "-dns.port": "port" }, { oneDash: true }),
  registry: { grammar: {} },
  sshd: server({ "-p": "port" }, { valued: "-f -h -o -u -c -C -E -g -b -k" }),
  dnsmasq: server({ "-p --port": "port" }),
  stunnel: { grammar: {} },
  "code-server": server({ "--bind-addr": "address", "--port -p": "port" }),
  swipl: long,
  "iperf iperf3": port,
  "shiny-server": { grammar: {} },
  // Clients, whose ports are those of others.
  [`
    curl wget psql mysql mysqladmin mysqldump redis-cli mongo mongosh ssh scp rsync ping telnet
    pg_isready pg_dump createdb amqp wait-for-it wait-for-it.sh mongoimport mongodump mongorestore
    influx git docker kubectl nmap ldapsearch
  `]: { grammar: {} },
};

export const SERVERS: ReadonlyMap<string, Server> = new Map(
  Object.entries(rows).flatMap(([names, row]) => words(names).map((name) => [name, row] as const)),
);
