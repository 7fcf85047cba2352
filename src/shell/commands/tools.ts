import { table } from "../spec.ts";

const server = {
  root: "unknown",
  why: "starts a server",
  when: [{ has: "--version -V --help", then: {} }],
} as const;

/** Servers, clients and other programs that images ship. */
export const TOOLS = table({
  // Servers: whether they need root is a matter of their configuration.
  [`
    postgres postgresql pg_ctl pg_ctlcluster initdb mysqld mysqld_safe mariadbd mysql_install_db
    mongod mongos redis-server redis-sentinel keydb-server valkey-server memcached cassandra
    elasticsearch opensearch kibana logstash rabbitmq-server influxd couchdb neo4j consul nomad etcd
    zookeeper zkServer.sh kafka-server-start.sh rethinkdb cockroach clickhouse-server arangod solr
    activemq registry minio weed nats-server mosquitto emqx
  `]: server,
  [`
    catalina.sh startup.sh standalone.sh asadmin jetty.sh tomcat varnishd lighttpd haproxy traefik
    caddy envoy squid squid3 privoxy tor dnscrypt-proxy stubby coredns oauth2-proxy oauth2_proxy dex
    vsftpd slapd krb5kdc radiusd freeradius openresty h2o tengine unitd prometheus alertmanager
    grafana-server node_exporter telegraf fluentd fluent-bit td-agent vector collectd statsd graphite
    carbon-cache nrpe zabbix_agentd zabbix_server gitea gogs jenkins sonar ghost hubot shiny-server
    rstudio-server vncserver Xvnc x11vnc Xvfb Xorg fluxbox xinit startx websockify novnc ttyd gotty
    code-server sockd danted ss-server ss-local v2ray xray trojan frps frpc ngrok cloudflared
    localtunnel hugo sentry locust bosun kong hasura graphql-engine
  `]: server,
  supercronic: { root: "unknown", why: "starts services" },

  // Clients
  [`
    psql pg_dump pg_dumpall pg_restore pg_isready pg_config createdb createuser dropdb dropuser mysql
    mysqladmin mysqldump mysqlimport mysqlcheck mariadb mongo mongosh mongoimport mongoexport
    mongodump mongorestore redis-cli redis-benchmark memcached-tool influx cqlsh rabbitmqctl
    rabbitmqadmin clickhouse-client sqlcmd bcp usql sqlite3 sqlite etcdctl kafka-topics.sh zkCli.sh
    ldapsearch ldapadd ldapmodify smbclient mail mailx mutt ab wrk hey siege jmeter k6 vegeta iperf
    iperf3 nmap tcpdump traceroute mtr whois drill dog httpie curlie lynx links w3m elinks s3cmd mc
    rclone newman
  `]: {},
  "docker docker-compose docker-machine nerdctl buildah skopeo crane img kaniko manifest-tool": {
    root: "unknown",
    why: "talks to a container engine",
  },

  // Looks
  [`
    scanelf paxctl php-config python-config xml2-config icu-config llvm-config mysql_config
    pcre-config freetype-config libpng-config sdl-config uuidgen rgrep ccache sccache ipcs chrt
    nvidia-smi clinfo glxinfo vulkaninfo fc-list fc-match xdpyinfo xset xauth xrandr xhost tmux screen
    script pv progress dialog whiptail cowsay fortune figlet toilet neofetch screenfetch htop iotop
    iftop jid fzf bat exa lsattr getfattr getfacl stress stress-ng cmatrix just parallel mktorrent
    xx-info xx-verify docker-java-home dumpe2fs blkid sensors dmidecode lspci lsusb lshw ulogger
    logger wall tzselect zdump rdfind hadolint shellcheck shfmt yamllint jsonlint markdownlint vale
    codespell dpkg-buildflags filetest workon deactivate activate conda-lock xdg-user-dirs-update open
    unbuffer pango-view zenity banner
  `]: {},

  // Work below the working directory
  [`
    wkhtmltopdf wkhtmltoimage tesseract gs ps2pdf pdftk qpdf pdftotext pdftoppm exiftool sox lame flac
    mkvmerge mp4box mediainfo montage identify mogrify composite gm svgo potrace fontforge pyftsubset
    ttfautohint woff2_compress sassc haxelib haxe vue laravel cordova meteor apidoc jsdoc typedoc
    swagger openapi-generator openapi-generator-cli quicktype mdbook zola pelican bikeshed
    asciidoctor-pdf genisoimage mkisofs xorriso mksquashfs unsquashfs mtools cabextract innoextract
    rpmextract.sh dpkg-scanpackages dpkg-source abuild makepkg abuild-sign abuild-keygen reprepro
    createrepo createrepo_c aptly fpm equivs-build minify xx-go xx-cargo go-wrapper go-compile buffalo
    packr2 esc gitversion semantic-release changelog git-flow rebase verilator iverilog yosys quartus
    rebuild snakemake nextflow cromwell luac jmdictgen msginit msgmerge po4a invoke fab fabric honcho
    scss-lint phpcbf codecept phpdoc box doctrine propel bats shunit2 behat selenium-side-runner
    semgrep trivy grype syft snyk gitleaks trufflehog checkov falco kube-linter conftest opa dive
    container-diff gdown kaggle huggingface-cli hf datasets transformers-cli wandb dvc aptos sui solc
    truffle hardhat forge foundryup anchor near
  `]: { writes: [".", "~/.cache"] },

  // Install
  [`
    mk-build-deps apt-install apk-install apt-get-install yum-install add-pkg del-pkg apt-update
    apt-upgrade build-dep circleci-install docker-install install_clean pacapt microapk pkgutil
  `]: { root: "yes", why: "installs system packages", daemon: "package-install" },
  [`
    fc-cache update-ms-fonts mkfontscale mkfontdir texhash mktexlsr fmtutil-sys updmap-sys tlmgr
    texlive-install updatedb update-pciids update-usbids rosdep gtk-update-icon-cache-3.0
    update-icon-caches gio-querymodules gconftool-2
  `]: { root: "yes", why: "changes what all users share" },
  "sdkmanager android avdmanager": { root: "unknown", why: "installs into the Android SDK" },
  [`
    grafana-cli rabbitmq-plugins elasticsearch-plugin opensearch-plugin logstash-plugin kibana-plugin
    jenkins-plugin-cli plugin install-plugins.sh neo4j-admin kong-plugin ruby-install puppet
    chef-client chef-solo salt-call salt-minion cfengine
  `]: { root: "unknown", why: "installs where the program is configured to" },
  [`
    firefox google-chrome chromium chromium-browser chrome google-chrome-stable code gnome-terminal
    xterm wine wine64 winetricks wineboot steamcmd qemu-system-x86_64 kvm qemu-img weechat irssi vlc
    mpv libreoffice soffice gimp blender emacs
  `]: { root: "unknown", why: "runs a program" },
});
