import { type ImageModel, startsNothing } from "../../analysis/index.ts";
import type { Surroundings } from "../../companions/index.ts";
import type { PackageManager } from "../../images/index.ts";
import { startedCommands } from "./started.ts";

/**
 * What well-known servers write when they are installed from a distro's packages and started without being told
 * otherwise. Sources: the packages' own file lists and default configurations.
 */
export interface Service {
  /** Names of the program that starts it. */
  readonly programs: readonly string[];
  /** Packages that bring it with the paths below. */
  readonly packages: readonly string[];
  /** Only when it is started, not when it is merely installed. */
  readonly startedOnly?: true;
  /** The packaged program becomes this user by itself, and refuses others. */
  readonly stepsDownTo?: string;
  /** Its packages are those of these package managers. */
  readonly managers?: readonly PackageManager[];
  /** Directories it writes into; handed over whole. */
  readonly directories: readonly string[];
  /** Files in directories of the system: made empty and handed over. */
  readonly files: readonly string[];
  /** Commands that mend its stock configuration; skipped when the Dockerfile brings its own `file`. */
  readonly commands: readonly { readonly file: string; readonly command: string }[];
  readonly source: string;
}

export const SERVICES: readonly Service[] = [
  {
    programs: ["nginx"],
    packages: ["nginx", "nginx-full", "nginx-light", "nginx-core", "nginx-extras", "nginx-common"],
    directories: ["/var/lib/nginx", "/var/log/nginx", "/var/cache/nginx"],
    files: ["/run/nginx.pid"],
    commands: [],
    source: "Debian nginx-common: /var/lib/nginx, /var/log/nginx; nginx.conf: pid /run/nginx.pid",
  },
  {
    programs: ["apache2", "apache2ctl", "apachectl", "apache2-foreground"],
    packages: [
      "apache2",
      "libapache2-mod-php",
      "libapache2-mod-wsgi",
      "libapache2-mod-wsgi-py3",
      "libapache2-mod-php5",
    ],
    directories: ["/var/run/apache2", "/var/lock/apache2", "/var/log/apache2"],
    files: [],
    commands: [],
    source: "Debian apache2: /etc/apache2/envvars",
  },
  {
    programs: ["supervisord"],
    packages: ["supervisor"],
    directories: ["/var/log/supervisor"],
    files: [],
    // Its socket needs a directory it may write into, and /run belongs to the system.
    commands: [
      {
        file: "/etc/supervisor/supervisord.conf",
        command: "sed -i 's#/var/run/#/tmp/#' /etc/supervisor/supervisord.conf",
      },
    ],
    source: "Debian supervisor: /etc/supervisor/supervisord.conf",
  },
  {
    programs: ["lighttpd"],
    packages: ["lighttpd"],
    directories: ["/var/log/lighttpd", "/var/cache/lighttpd", "/run/lighttpd"],
    files: ["/run/lighttpd.pid"],
    commands: [],
    source: "Debian lighttpd: /etc/lighttpd/lighttpd.conf",
  },
  {
    programs: ["redis-server"],
    packages: ["redis-server", "redis"],
    directories: ["/var/lib/redis", "/var/log/redis"],
    files: [],
    commands: [],
    source: "Debian redis-server: /etc/redis/redis.conf",
  },
  {
    programs: ["nginx"],
    packages: ["nginx"],
    managers: ["apk"],
    directories: ["/run/nginx", "/var/tmp/nginx"],
    files: [],
    commands: [],
    source: "Alpine main/nginx: /run/nginx; /var/tmp/nginx holds the temporary files up to Alpine 3.12",
  },
  {
    programs: ["httpd"],
    packages: ["httpd", "mod_ssl", "php"],
    managers: ["yum", "dnf", "microdnf"],
    directories: ["/run/httpd", "/var/log/httpd", "/var/cache/httpd"],
    files: [],
    commands: [],
    source: "Fedora httpd.spec: /run/httpd, /var/log/httpd, /var/cache/httpd",
  },
  {
    programs: ["mysqld", "mysqld_safe", "mariadbd", "mariadbd-safe"],
    packages: ["mysql-server", "mariadb-server", "default-mysql-server", "mariadb", "mysql"],
    startedOnly: true,
    directories: ["/var/lib/mysql", "/run/mysqld", "/var/log/mysql"],
    files: [],
    commands: [],
    source: "Debian mariadb-server and Alpine main/mariadb: datadir /var/lib/mysql, socket in /run/mysqld",
  },
  {
    programs: ["mongod"],
    packages: ["mongodb", "mongodb-server", "mongodb-org", "mongodb-org-server"],
    startedOnly: true,
    directories: ["/var/lib/mongodb", "/var/log/mongodb"],
    files: [],
    commands: [],
    source: "mongodb-org-server: /etc/mongod.conf; Debian mongodb-server: /etc/mongodb.conf",
  },
  {
    programs: ["varnishd"],
    packages: ["varnish"],
    startedOnly: true,
    directories: ["/var/lib/varnish"],
    files: [],
    commands: [],
    source: "Debian varnish: the working directory /var/lib/varnish",
  },
  {
    programs: ["squid", "squid3"],
    packages: ["squid", "squid3"],
    startedOnly: true,
    directories: ["/var/spool/squid", "/var/log/squid", "/run/squid"],
    files: ["/run/squid.pid"],
    commands: [],
    source: "Debian squid: cache_dir /var/spool/squid, logs /var/log/squid, pid /run/squid.pid",
  },
  {
    programs: ["mosquitto"],
    packages: ["mosquitto"],
    startedOnly: true,
    directories: ["/var/lib/mosquitto", "/var/log/mosquitto", "/run/mosquitto"],
    files: [],
    commands: [],
    source: "Debian mosquitto: /etc/mosquitto/mosquitto.conf",
  },
  {
    programs: ["tor"],
    packages: ["tor"],
    startedOnly: true,
    directories: ["/var/lib/tor", "/var/log/tor"],
    files: [],
    commands: [],
    source: "Debian tor: DataDirectory /var/lib/tor",
  },
  {
    programs: ["rabbitmq-server"],
    packages: ["rabbitmq-server"],
    startedOnly: true,
    stepsDownTo: "rabbitmq",
    directories: [],
    files: [],
    commands: [],
    source: "Debian and EPEL rabbitmq-server: /usr/sbin/rabbitmq-server refuses all but root and rabbitmq",
  },
  ...["7.0", "7.2", "7.3", "7.4", "8.0", "8.1", "8.2", "8.3", "8.4"].map(phpFpm),
];

/** Debian's and Ubuntu's php-fpm names its log after its version. */
function phpFpm(version: string): Service {
  return {
    programs: [`php-fpm${version}`],
    packages: [`php${version}-fpm`, "php-fpm"],
    startedOnly: true,
    directories: ["/run/php"],
    files: [`/var/log/php${version}-fpm.log`],
    commands: [],
    source: `Debian php${version}-fpm: /etc/php/${version}/fpm/php-fpm.conf`,
  };
}

/** The servers that packages of the image bring, with the program that is started; null where it is only installed. */
export function servicesOf(
  model: ImageModel,
  around: Surroundings,
): { readonly service: Service; readonly program: string | null }[] {
  const started = new Set(startedCommands(model, around).map(({ name }) => name));
  // What is built on it decides who the service runs as.
  const isIdle = startsNothing(model) && around.services.length === 0;
  const manager = model.base.image?.packageManager ?? null;
  return SERVICES.flatMap((service) => {
    if (service.managers && (manager === null || !service.managers.includes(manager))) return [];
    if (!installs(model, service.packages)) return [];
    const program = service.programs.find((name) => started.has(name)) ?? null;
    return program === null && (service.startedOnly || isIdle) ? [] : [{ service, program }];
  });
}

function installs(model: ImageModel, names: readonly string[]): boolean {
  return model.steps.some((step) =>
    step.effects.some((effects) =>
      effects.packages.some((name) => names.includes(name.replace(/[=:~<>].*$/, ""))),
    ),
  );
}
