/** A line of a stock configuration file that fixes a port. */
export interface StockFile {
  readonly path: string;
  /** Extended regular expression, as GNU sed and BusyBox's take it. */
  readonly find: string;
  /** `PORT` stands for the new port. */
  readonly replace: string;
  readonly port: number;
  /** Other names of the same file: where these are taken away, nobody reads it. */
  readonly links?: readonly string[];
  /** Nothing listens until a module is enabled, so it only follows what the project's own files listen on. */
  readonly onDemand?: true;
}

/** What well-known servers listen on when they come from a distro's packages and nobody tells them otherwise. */
export interface PackagedServer {
  readonly programs: readonly string[];
  readonly packages: readonly string[];
  readonly managers: readonly string[];
  readonly files: readonly StockFile[];
  readonly source: string;
}

const NGINX = ["nginx", "nginx-full", "nginx-light", "nginx-core", "nginx-extras"];
const APACHE = ["apache2", "apache2ctl", "apachectl", "httpd", "httpd-foreground", "apache2-foreground"];
/** `port_in_redirect`: see `stock.ts`. */
const NGINX_LISTEN = {
  find: "listen(\\s+)80 default_server;",
  replace: "listen\\1PORT default_server;\\n\\tport_in_redirect off;",
};

export const PACKAGED_SERVERS: readonly PackagedServer[] = [
  {
    programs: ["nginx"],
    packages: NGINX,
    managers: ["apt"],
    files: [
      {
        path: "/etc/nginx/sites-available/default",
        ...NGINX_LISTEN,
        port: 80,
        links: ["/etc/nginx/sites-enabled/default"],
      },
      {
        path: "/etc/nginx/sites-available/default",
        find: "listen(\\s+)\\[::\\]:80 default_server;",
        replace: "listen\\1[::]:PORT default_server;",
        port: 80,
        links: ["/etc/nginx/sites-enabled/default"],
      },
    ],
    source: "Debian nginx-common: sites-available/default, linked from sites-enabled",
  },
  {
    programs: ["nginx"],
    packages: NGINX,
    managers: ["apk"],
    files: [
      { path: "/etc/nginx/http.d/default.conf", ...NGINX_LISTEN, port: 80 },
      {
        path: "/etc/nginx/http.d/default.conf",
        find: "listen(\\s+)\\[::\\]:80 default_server;",
        replace: "listen\\1[::]:PORT default_server;",
        port: 80,
      },
    ],
    source: "Alpine nginx: http.d/default.conf",
  },
  {
    programs: ["nginx"],
    packages: NGINX,
    managers: ["dnf", "yum", "microdnf"],
    files: [
      {
        path: "/etc/nginx/nginx.conf",
        find: "listen(\\s+)80;",
        replace: "listen\\1PORT;\\n        port_in_redirect off;",
        port: 80,
      },
      {
        path: "/etc/nginx/nginx.conf",
        find: "listen(\\s+)\\[::\\]:80;",
        replace: "listen\\1[::]:PORT;",
        port: 80,
      },
    ],
    source: "Fedora and EPEL nginx: nginx.conf",
  },
  {
    programs: APACHE,
    packages: [
      "apache2",
      "libapache2-mod-php",
      "libapache2-mod-wsgi",
      "libapache2-mod-wsgi-py3",
      "libapache2-mod-php5",
    ],
    managers: ["apt"],
    files: [
      { path: "/etc/apache2/ports.conf", find: "^Listen 80$", replace: "Listen PORT", port: 80 },
      {
        path: "/etc/apache2/ports.conf",
        find: "Listen 443$",
        replace: "Listen PORT",
        port: 443,
        onDemand: true,
      },
      {
        path: "/etc/apache2/sites-available/000-default.conf",
        find: "<VirtualHost \\*:80>",
        replace: "<VirtualHost *:PORT>",
        port: 80,
        links: ["/etc/apache2/sites-enabled/000-default.conf"],
      },
    ],
    source: "Debian apache2: ports.conf, sites-available/000-default.conf",
  },
  {
    programs: APACHE,
    packages: ["apache2"],
    managers: ["apk"],
    files: [{ path: "/etc/apache2/httpd.conf", find: "^Listen 80$", replace: "Listen PORT", port: 80 }],
    source: "Alpine apache2: httpd.conf",
  },
  {
    programs: APACHE,
    packages: ["httpd"],
    managers: ["dnf", "yum", "microdnf"],
    files: [{ path: "/etc/httpd/conf/httpd.conf", find: "^Listen 80$", replace: "Listen PORT", port: 80 }],
    source: "Fedora httpd: conf/httpd.conf",
  },
  {
    programs: ["lighttpd"],
    packages: ["lighttpd"],
    managers: ["apt"],
    files: [
      {
        path: "/etc/lighttpd/lighttpd.conf",
        find: "^server\\.port(\\s*)= 80$",
        replace: "server.port\\1= PORT",
        port: 80,
      },
    ],
    source: "Debian lighttpd: lighttpd.conf",
  },
];
