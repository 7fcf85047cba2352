import { table, type Spec } from "../spec.ts";

const install: Spec = {
  root: "yes",
  why: "installs system packages",
  daemon: "package-install",
  operands: "package",
};
const change: Spec = { root: "yes", why: "changes system packages" };
const query: Spec = {};

/** Package managers of distributions. */
export const PACKAGES = table({
  "apt-get apt aptitude apt-fast": {
    ...change,
    valued: "-o -c -t --option --config-file --target-release --default-release --host-architecture",
    sub: table({
      "install reinstall": install,
      [`
        update upgrade dist-upgrade full-upgrade remove purge autoremove autopurge clean autoclean
        build-dep satisfy
      `]: change,
      "download source": { writes: ["."] },
      "list search show policy changelog check indextargets --version": query,
    }),
  },
  "apt-cache apt-config apt-listchanges": query,
  [`
    apt-key apt-mark add-apt-repository apt-add-repository apt-install install_packages
    install-packages clean-install tasksel
  `]: { root: "yes", why: "changes the package manager's state" },
  "apt-file": change,
  "gdebi alien": install,
  apk: {
    ...change,
    valued: `
      -t -X -p --virtual --repository --root --arch --keys-dir --repositories-file --wait --cache-dir
    `,
    sub: table({
      add: install,
      "info search list policy stats version dot audit verify": query,
      fetch: { writes: ["."], valued: "-o --output" },
    }),
  },
  "dnf yum microdnf tdnf dnf5 dnf-3": {
    ...change,
    valued: `
        -c -d -e -R -x --setopt --enablerepo --disablerepo --repo --repoid --releasever --exclude
        --installroot --config --disableplugin --enableplugin --forcearch
      `,
    sub: table({
      "install localinstall reinstall groupinstall": install,
      "list search info repolist provides whatprovides repoquery check-update deplist": query,
    }),
  },
  [`
    yum-config-manager dnf-config-manager yum-builddep yumdownloader repoquery subscription-manager
    rhn_register crb update-crypto-policies
  `]: { root: "yes", why: "changes the package manager's state" },
  zypper: {
    ...change,
    valued: `
      -R -c -D -C -r -p --root --config --reposd-dir --cache-dir --repo --from --plus-repo -t --type
    `,
    sub: table({
      "install in": install,
      "search se info if repos lr packages pa patterns": query,
    }),
  },
  "pacman yay paru": {
    ...change,
    valued: "-b -r --dbpath --root --cachedir --config --arch --ignore --overwrite",
    when: [
      { has: "-S -U --sync --upgrade", then: install },
      { has: "-Q -F --query --files", then: query },
    ],
  },
  "pacman-key pacman-db-upgrade reflector pacman-optimize": change,
  dpkg: {
    ...install,
    operands: undefined,
    when: [
      {
        has: `
          -l -L -s -S -p -I -c -C --list --listfiles --status --search --print-architecture
          --print-foreign-architectures --compare-versions --version --info --contents --get-selections
          --print-avail --verify --audit
        `,
        then: query,
      },
      { has: "-x -X --extract --vextract -e --control", then: { operands: "fill", skip: 1 } },
    ],
  },
  "dpkg-query dpkg-parsechangelog dpkg-shlibdeps": query,
  "dpkg-deb": { when: [{ has: "-x -X --extract -e", then: { operands: "fill", skip: 1 } }], writes: ["."] },
  [`
    dpkg-reconfigure dpkg-divert dpkg-statoverride dpkg-preconfigure debconf-set-selections debconf
    debconf-communicate dpkg-trigger
  `]: { root: "yes", why: "configures system packages" },
  "dpkg-buildpackage debuild debhelper dh dch": { writes: [".", ".."] },
  rpm: {
    ...install,
    operands: undefined,
    when: [{ has: "-q -V -K -qa --query --verify --checksig --eval -E --showrc --version", then: query }],
  },
  rpmbuild: { writes: ["~/rpmbuild"] },
  rpm2cpio: query,
  "rpmkeys rpmdb": { root: "yes", why: "changes the package manager's state" },
  "emerge eselect layman emaint etc-update quickpkg": { ...change },
  "swupd xbps-install xbps-remove opkg ipkg pkg_add pkg tce-load urpmi slackpkg eopkg": { ...install },
  [`
    nix-env nix-channel nix nix-build nix-shell nix-store nix-instantiate nix-collect-garbage
    nixos-rebuild
  `]: {
    root: "yes",
    why: "writes to the Nix store",
  },
  "snap flatpak": install,
  brew: { writes: ["~/.cache/Homebrew"], root: "unknown", why: "installs with Homebrew" },
  softwareupdate: change,
  "alternatives update-alternatives": { root: "yes", why: "changes the system's alternatives" },
});
