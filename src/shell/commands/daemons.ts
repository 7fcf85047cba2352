import { words } from "../arguments.ts";
import type { RootDaemon, ShellCommand } from "../types.ts";

/** What a person should know about each reason for which an image needs root, and can do instead. */
export const ROOT_DAEMONS: Readonly<Record<RootDaemon, { readonly title: string; readonly remedy: string }>> =
  {
    cron: {
      title: "a cron daemon, which changes to the users of its jobs",
      remedy: "Run the jobs with supercronic, or as scheduled jobs of the platform (a Kubernetes CronJob).",
    },
    sshd: {
      title: "an SSH server, which logs users in",
      remedy:
        "Use `docker exec` or `kubectl exec`; or run sshd for one user, on a port above 1024, with its own host keys.",
    },
    init: {
      title: "an init system, which starts services as other users",
      remedy:
        "Run one process per container, or supervise with a tool that needs no root (tini, dumb-init, supervisord without user=).",
    },
    "docker-in-docker": {
      title: "a container engine inside the container",
      remedy:
        "Build with rootless BuildKit, buildah or kaniko, run rootless Docker, or reach the host's engine through a socket proxy.",
    },
    mount: {
      title: "mounting file systems",
      remedy:
        "Let the platform mount the volume (a volume driver or a CSI driver) and leave the container without privileges.",
    },
    "network-admin": {
      title: "administration of the network",
      remedy:
        "Do it in an init container that holds NET_ADMIN, or in the platform (network policies, sysctls of the pod).",
    },
    "package-install": {
      title: "installing system packages at start",
      remedy: "Install the packages when the image is built.",
    },
    vpn: {
      title: "a VPN, which makes network interfaces",
      remedy:
        "Run it as a container of its own with NET_ADMIN and /dev/net/tun; the application's container can then be unprivileged.",
    },
    ftp: {
      title: "an FTP server, which logs users in and serves port 21",
      remedy: "Serve SFTP or HTTP with a server that runs as one user, on a port above 1024.",
    },
    dns: {
      title: "a DNS server on port 53",
      remedy:
        "Listen on a port above 1024 (5353) and map port 53 to it, then start the server as its own user.",
    },
    mail: {
      title: "a mail server, which delivers to the mailboxes of users",
      remedy:
        "Send mail through a relay outside, or listen on a port above 1024 with virtual mailboxes of one user.",
    },
    ntp: {
      title: "setting the clock",
      remedy: "Containers share the clock of their host: synchronise the host.",
    },
    syslog: {
      title: "a system log daemon",
      remedy:
        "Log to stdout and stderr; or let it listen on a port above 1024 and write below a directory of its own.",
    },
    "file-server": {
      title: "a file server (SMB, NFS), which acts as the users that connect",
      remedy: "Run it as a container of its own, and keep the application's container unprivileged.",
    },
    "service-manager": {
      title: "starting services of the system",
      remedy: "Start the program itself in the foreground, one per container.",
    },
  };

interface Daemon {
  readonly daemon: RootDaemon;
  /** Only with such arguments. */
  readonly when?: (command: ShellCommand) => boolean;
}

/** `/init` is s6-overlay's; `init` alone may be anything. */
function isInit(command: ShellCommand): boolean {
  return /^(?:\/init|(?:\/usr)?\/s?bin\/init|\/lib\/systemd\/systemd)$/.test(command.argv[0]?.value ?? "");
}

const NAMES: Readonly<Partial<Record<RootDaemon, string>>> = {
  cron: "cron crond anacron fcron dcron jobber",
  sshd: "sshd dropbear",
  init: "systemd my_init runsvdir runit runit-init s6-svscan s6-linux-init upstart openrc-init start_runit runsvdir-start",
  "docker-in-docker": `
      dockerd containerd dockerd-entrypoint.sh dind wrapdocker k3s kubelet crio podman buildkitd rke2
      kind minikube
    `,
  mount: "automount autofs",
  "network-admin": `
      keepalived hostapd dhcpd dhclient dhcpcd udhcpd zebra bgpd ospfd frr bird quagga pppoe
      pppoe-server kube-proxy flanneld radvd calico-node
    `,
  vpn: "openvpn wg-quick wireguard ipsec charon charon-systemd swanctl strongswan xl2tpd pptpd pppd openconnect ocserv tincd tailscaled zerotier-one vpnc softetherd vpnserver n2n nordvpnd",
  ftp: "vsftpd proftpd pure-ftpd in.ftpd pure-ftpd-wrapper tftpd in.tftpd",
  dns: "dnsmasq named unbound pdns_server pdns_recursor bind9 nsd knotd kresd powerdns avahi-daemon",
  mail: "postfix sendmail exim exim4 dovecot smtpd opensmtpd opendkim courier cyrmaster mailman amavisd amavisd-new",
  ntp: "ntpd chronyd openntpd ptp4l",
  syslog: "rsyslogd syslogd syslog-ng klogd auditd",
  "file-server": `
      smbd nmbd winbindd samba nfsd rpc.nfsd rpc.mountd rpcbind exportfs ganesha.nfsd netatalk afpd
      atftpd iscsid tgtd
    `,
  "service-manager": "xinetd inetd svscan svscanboot monit",
};

export const DAEMONS: ReadonlyMap<string, Daemon> = new Map<string, Daemon>([
  ...Object.entries(NAMES).flatMap(([daemon, names]) =>
    words(names).map((name) => [name, { daemon: daemon as RootDaemon }] as const),
  ),
  ["init", { daemon: "init", when: isInit }],
  // nextcloud/docker docker-cron.sh: exec busybox crond
  ["cron.sh", { daemon: "cron", when: ({ argv }) => argv[0]?.value === "/cron.sh" }],
]);
