import { describe, expect, test } from "vitest";
import { effectsOf, parseShell, ROOT_DAEMONS } from "../../src/shell/index.ts";
import { logical } from "./render.ts";

function effects(script: string, variables: Record<string, string> = {}) {
  const { commands } = parseShell(logical(script), {
    cwd: "/app",
    variables: new Map(Object.entries(variables)),
  });
  return commands.map((command) => effectsOf(command, { user: "root", home: "/root" }));
}

describe("ports that servers are told to listen on", () => {
  test.each<[script: string, ports: number[]]>([
    ["gunicorn -b 0.0.0.0:80 app:app", [80]],
    ["gunicorn -b0.0.0.0:80 app:app", [80]],
    ["gunicorn --bind=:80 --bind=[::]:443 app", [80, 443]],
    ["gunicorn -b unix:/run/80.sock -w 4 app", []],
    ["gunicorn -p /run/80 app", []],
    ["uvicorn app:app --host 0.0.0.0 --port 80", [80]],
    ["hypercorn --bind 0.0.0.0:80 app", [80]],
    ["daphne -b 0.0.0.0 -p 80 app", [80]],
    ["flask run --host=0.0.0.0 --port=80", [80]],
    ["flask --app x run -p 80", [80]],
    ["python -m flask run -p 80", [80]],
    ["python -m http.server 80", [80]],
    ["python3 -m http.server --bind 0.0.0.0 80", [80]],
    ["python2 -m SimpleHTTPServer 80", [80]],
    ["python manage.py runserver 0.0.0.0:80", [80]],
    ["./manage.py runserver 80", [80]],
    ["uwsgi --http :80 --module app", [80]],
    ["uwsgi --http-socket=0.0.0.0:80", [80]],
    ["streamlit run app.py --server.port=80", [80]],
    ["jupyter lab --ip=0.0.0.0 --port=80", [80]],
    ["php -S 0.0.0.0:80 -t public", [80]],
    ["php artisan serve --host=0.0.0.0 --port=80", [80]],
    ["http-server ./dist -p 80", [80]],
    ["npx serve -s build -l 80", [80]],
    ["serve -l tcp://0.0.0.0:80 dist", [80]],
    ["vite preview --host --port 80", [80]],
    ["next start -p 80", [80]],
    ["ng serve --host 0.0.0.0 --port 80", [80]],
    ["npm start -- --port 80", [80]],
    ["yarn dev --port=80", [80]],
    ["json-server --watch db.json --port 80", [80]],
    ["PORT=80 node server.js", [80]],
    ["env PORT=80 node server.js", [80]],
    ["DB_PORT=5432 node server.js", []],
    ["bundle exec rails s -b 0.0.0.0 -p 80", [80]],
    ["puma -p 80", [80]],
    ["puma -b tcp://0.0.0.0:80", [80]],
    ["thin start -p 80", [80]],
    ["rackup -o 0.0.0.0 -p 80", [80]],
    ["jekyll serve -H 0.0.0.0 -P 80", [80]],
    ["hugo server --bind 0.0.0.0 -p 80", [80]],
    ["java -Dserver.port=80 -jar app.jar", [80]],
    ["java -jar app.jar --server.port=80", [80]],
    ["dotnet app.dll --urls http://+:80", [80]],
    ["dotnet app.dll --urls 'http://+:80;https://+:443'", [80, 443]],
    ["ASPNETCORE_URLS=http://+:80 dotnet app.dll", [80]],
    ["caddy file-server --listen :80", [80]],
    ["busybox httpd -f -p 80 -h /www", [80]],
    ["redis-server --port 80", [80]],
    ["mongod --bind_ip_all --port 80", [80]],
    ["memcached -m 64 -p 80", [80]],
    ["socat TCP-LISTEN:80,fork TCP:web:90", [80]],
    ["nc -l -p 80", [80]],
    ["nc -lk 80", [80]],
    ["nc -z db 80", []],
    ["varnishd -a :80 -f x.vcl", [80]],
    ["ttyd -p 80 bash", [80]],
    ["sshd -D -p 22", [22]],
    ["nginx -g 'daemon off;'", []],
    ["curl --port 80 http://x:80", []],
    ["psql -p 5432", []],
    ["exec tini -- gunicorn -b :80 app", [80]],
    ["gosu app gunicorn -b :80 app", [80]],
    ["sh -c 'exec gunicorn -b :80 app'", [80]],
    ["gunicorn -b :${PORT:-80} app", [80]],
  ])("%s", (script, expected) => {
    const listens = effects(script).flatMap((effect) => effect.listens);
    expect(listens.map((listen) => listen.port)).toEqual(expected);
    for (const { port, start, end } of listens) expect(script.slice(start, end)).toBe(String(port));
  });

  test.each([
    ["./server --port 80", 80],
    ["server --port=80", 80],
    ["server --listen-address :80", 80],
    ["server --http-port=80", 80],
    ["python app.py --port 80", 80],
  ])("%s is a guess", (script, port) => {
    const [listen] = effects(script).flatMap((effect) => effect.listens);
    expect(listen).toMatchObject({ port, generic: true });
  });

  test("a port that a variable holds names the variable", () => {
    const script = "gunicorn -b 0.0.0.0:$PORT app";
    const [listen] = effects(script, { PORT: "80" })[0]!.listens;
    expect(listen).toMatchObject({ port: 80, variable: "PORT" });
    expect(script.slice(listen!.start, listen!.end)).toBe("0.0.0.0:$PORT");
  });
});

describe("what makes an image need root", () => {
  test.each([
    ["cron -f", "cron"],
    ["crond -f -l 8", "cron"],
    ["busybox crond -f", "cron"],
    ["exec /usr/sbin/sshd -D", "sshd"],
    ["/sbin/init", "init"],
    ["/usr/sbin/init", "init"],
    ["/init", "init"],
    ["/sbin/my_init", "init"],
    ["/lib/systemd/systemd", "init"],
    ["runsvdir -P /etc/service", "init"],
    ["s6-svscan /etc/s6", "init"],
    ["dockerd --host=unix:///var/run/docker.sock", "docker-in-docker"],
    ["containerd", "docker-in-docker"],
    ["mount -t nfs a:/b /c", "mount"],
    ["iptables -A INPUT -j DROP", "network-admin"],
    ["ip route add default via 10.0.0.1", "network-admin"],
    ["ip link set eth0 up", "network-admin"],
    ["ifconfig eth0 10.0.0.2", "network-admin"],
    ["openvpn --config x", "vpn"],
    ["wg-quick up wg0", "vpn"],
    ["ipsec start --nofork", "vpn"],
    ["vsftpd /etc/vsftpd.conf", "ftp"],
    ["dnsmasq -k", "dns"],
    ["named -g -u bind", "dns"],
    ["postfix start-fg", "mail"],
    ["dovecot -F", "mail"],
    ["ntpd -n", "ntp"],
    ["chronyd -d", "ntp"],
    ["rsyslogd -n", "syslog"],
    ["smbd -F", "file-server"],
    ["service nginx start", "service-manager"],
    ["/etc/init.d/nginx start", "service-manager"],
    ["systemctl start nginx", "service-manager"],
    ["apt-get install -y curl", "package-install"],
    ["apk add curl", "package-install"],
    ["sh -c 'service ssh start'", "service-manager"],
    ["nginx -g 'daemon off;'", null],
    ["supervisord -n", null],
    ["supercronic /etc/crontab", null],
    ["./init", null],
    ["node server.js", null],
    ["tail -f /dev/null", null],
  ])("%s: %s", (script, daemon) => {
    expect(effects(script)[0]!.daemon).toBe(daemon);
  });

  test("each reason has a title and a remedy", () => {
    for (const { title, remedy } of Object.values(ROOT_DAEMONS)) {
      expect(title).not.toMatch(/^[A-Z][a-z]|\.$/);
      expect(remedy).toMatch(/^[A-Z].*\.$/);
    }
  });
});

test("every unknown command says so", () => {
  expect(effects("frobnicate")[0]).toMatchObject({ root: "unknown", why: "not a known command" });
  expect(effects("./frobnicate")[0]).toMatchObject({ root: "unknown", why: "runs ./frobnicate" });
  expect(effects('"$@"')[0]).toMatchObject({ root: "unknown", why: "runs what is not known" });
});
