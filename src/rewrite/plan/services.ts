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
