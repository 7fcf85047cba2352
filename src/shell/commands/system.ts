import { each, table } from "../spec.ts";

const system = { root: "yes", why: "changes the system's configuration" } as const;
const service = { root: "yes", why: "manages services", daemon: "service-manager" } as const;
const network = { root: "yes", why: "administers the network", daemon: "network-admin" } as const;

/** With the abbreviations that people use. */
const IP_OBJECTS = `
    a addr addrlabel address fou l2tp link l macsec maddress mptcp mroute mrule n neigh neighbor neighbour nexthop
    netns ntable r ro route ru rule tcp_metrics token tun tunnel tuntap vrf xfrm
  `;

/** What administers the machine. */
export const SYSTEM = table({
  [`
      a2enmod a2dismod a2ensite a2dissite a2enconf a2disconf a2query phpenmod phpdismod
      lighty-enable-mod lighttpd-enable-mod php5enmod php5dismod nginx_ensite setcap
      update-ca-certificates update-ca-trust trust c_rehash locale-gen localedef update-locale
      update-rc.d invoke-rc.d insserv chkconfig rc-update ldconfig hostname hostnamectl timedatectl
      setenforce semanage setsebool semodule dracut update-initramfs update-grub grub-install
      mkinitramfs depmod ldconfig.real update-desktop-database update-mime-database
      gtk-update-icon-cache install-info makewhatis mandb update-java-alternatives update-binfmts
      catalog install-catalog xmlcatalog register-python-argcomplete pwconv cracklib-update
      systemd-tmpfiles systemd-sysusers systemd-machine-id-setup dbus-uuidgen crontab atd at unminimize
      remove-shell add-shell rngd swapoff swapon losetup fdisk parted mkfs mkfs.ext4 mke2fs cryptsetup
      sysctl userdbctl
    `]: system,
  "service systemctl initctl rc-service openrc invoke-rc runsv sv": service,
  "mount umount fusermount mount.nfs s3fs sshfs goofys blobfuse gcsfuse mount.cifs": {
    root: "yes",
    why: "mounts file systems",
    daemon: "mount",
  },
  [`
    iptables ip6tables iptables-restore iptables-save iptables-legacy nft ufw firewall-cmd firewalld
    brctl tc ipset modprobe insmod rmmod ethtool wg ip6tables-restore bridge ebtables
    arptables vconfig tunctl
  `]: network,
  // Without something to change they only show.
  route: { valued: "-A", sub: table({ "add del delete flush": network }) },
  ifconfig: {
    effect: ({ operands }, draft) => {
      if (operands.length < 2) return;
      draft.needsRoot(network.why);
      draft.daemon ??= network.daemon;
    },
  },
  ip: {
    valued: "-f -family -n -netns -b -batch -rcvbuf -l -loops",
    oneDash: true,
    sub: table({
      [IP_OBJECTS]: {
        sub: table({
          "add append attach change chg del delete exec flush prepend remove replace restore set": network,
        }),
      },
      monitor: {},
    }),
  },
  [`
    su sudo doas gosu su-exec setpriv runuser chpst chroot s6-setuidgid start-stop-daemon unshare
    nsenter
  `]: {
    root: "yes",
    why: "switches user",
  },
  "ssh-keygen": {
    paths: { "-f": "secret" },
    valued: "-f -t -b -N -C -m -P",
    when: [{ has: "-A", then: { root: "yes", why: "makes the host's keys" } }],
  },
  "ssh-keyscan ssh-agent ssh-add ssh-copy-id": {},
  "openssl certtool mkcert cfssl cfssljson step keytool certutil": {
    valued: `
        -out -keyout -in -key -CA -CAkey -CAserial -config -subj -days -newkey -extfile -passin -passout
        -keystore -storepass -alias -file -dname -keypass -storetype -keyalg -validity -keysize -ext
        -destkeystore -srckeystore
      `,
    oneDash: true,
    paths: {
      "-out": "create",
      "-keyout": "secret",
      "-keystore": "modify",
      "-destkeystore": "modify",
      "-in": "read",
      "-key": "read",
    },
    sub: table({
      "genrsa genpkey gendsa ecparam rsa dsa ec pkey pkcs8 pkcs12": {
        paths: { "-out": "secret", "-in": "read", "-inkey": "read" },
      },
    }),
  },
  "gpg gpg2 gpgv gpgconf dirmngr gpg-agent sq minisign cosign": {
    valued: "-o --output --homedir --keyserver --keyring -r -u --primary-keyring --trust-model",
    paths: { "-o": "create", "--output": "create", "--keyring": "modify", "--homedir": "fill" },
    writes: ["~/.gnupg"],
  },
  ...each("supervisorctl apache2ctl apachectl httpd apache2 apache2-foreground nginx", {
    root: "unknown",
    why: "starts a server",
    when: [{ has: "-t -v -V -M -S -l --version", then: {} }],
  }),
  supervisord: { root: "unknown", why: "starts services", valued: "-c --configuration" },
});
