/**
 * Words in a tag that name what the image is made from: `3.12-slim-bookworm`, `12.2-base-ubuntu22.04`,
 * `17-al2023`, `8.0-alpine3.20`.
 */
const DEBIAN = "squeeze|wheezy|jessie|stretch|buster|bullseye|bookworm|trixie|forky|sid";
const UBUNTU =
  "precise|trusty|utopic|vivid|wily|xenial|yakkety|zesty|artful|bionic|cosmic|disco|eoan|focal|groovy|hirsute|impish|jammy|" +
  "kinetic|lunar|mantic|noble|oracular|plucky|questing|resolute|stonking";

const START = "(?:^|[-_.])";
const END = "(?![a-z0-9])";

/** In this order; `$1` is the first group. The most telling words come first. */
const WORDS: readonly (readonly [pattern: RegExp, base: string])[] = [
  [new RegExp(`${START}(?:nanoserver)`), "mcr.microsoft.com/windows/nanoserver"],
  [new RegExp(`${START}windowsservercore`), "mcr.microsoft.com/windows/servercore"],
  [new RegExp(`${START}(?:azurelinux|(?:cbl-)?mariner)`), "mcr.microsoft.com/azurelinux/base/core"],
  [new RegExp(`(?:${START}|-)alpine-?v?(\\d+\\.\\d+)`), "alpine:$1"],
  [new RegExp(`${START}alpine${END}`), "alpine:?"],
  [new RegExp(`${START}(${DEBIAN})${END}`), "debian:$1"],
  [new RegExp(`${START}(${UBUNTU})${END}`), "ubuntu:$1"],
  [new RegExp(`${START}ubuntu-?(\\d\\d\\.\\d\\d)${END}`), "ubuntu:$1"],
  [new RegExp(`${START}debian-?(\\d{1,2})${END}`), "debian:$1"],
  [new RegExp(`${START}ubi(\\d+)-minimal${END}`), "redhat/ubi$1-minimal"],
  [new RegExp(`${START}ubi(\\d+)-micro${END}`), "redhat/ubi$1-micro"],
  [new RegExp(`${START}(?:ubi|rhel-?ubi)(\\d+)${END}`), "redhat/ubi$1"],
  [new RegExp(`${START}(?:oraclelinux|ol)-?(\\d+)-slim${END}`), "oraclelinux:$1-slim"],
  [new RegExp(`${START}(?:oraclelinux|ol)-?(\\d+)${END}`), "oraclelinux:$1"],
  [new RegExp(`${START}rockylinux-?(\\d+)${END}`), "rockylinux:$1"],
  [new RegExp(`${START}almalinux-?(\\d+)${END}`), "almalinux:$1"],
  [new RegExp(`${START}centos-?(\\d+)${END}`), "centos:$1"],
  [new RegExp(`${START}(?:amazonlinux-?|al)(2023|2)${END}`), "amazonlinux:$1"],
  [new RegExp(`${START}fedora-?(\\d+)${END}`), "fedora:$1"],
  [new RegExp(`${START}wolfi${END}`), "cgr.dev/chainguard/wolfi-base"],
  [new RegExp(`${START}debian${END}`), "distro/debian"],
  [new RegExp(`${START}ubuntu${END}`), "distro/ubuntu"],
  [new RegExp(`${START}centos${END}`), "distro/centos"],
  [new RegExp(`${START}fedora${END}`), "fedora"],
];

/** Names of distros that are words of an image's name: `company/alpine-base`, `team/ubuntu18.04-python`. */
const NAME_WORDS: readonly (readonly [pattern: RegExp, base: string])[] = [
  [new RegExp(`${START}alpine-?(\\d+\\.\\d+)${END}`), "alpine:$1"],
  [new RegExp(`${START}alpine${END}`), "alpine:?"],
  [new RegExp(`${START}ubuntu-?(\\d\\d\\.\\d\\d)${END}`), "ubuntu:$1"],
  [new RegExp(`${START}ubuntu${END}`), "distro/ubuntu"],
  [new RegExp(`${START}debian-?(\\d{1,2})${END}`), "debian:$1"],
  [new RegExp(`${START}debian${END}`), "distro/debian"],
  [new RegExp(`${START}centos-?(\\d+)${END}`), "centos:$1"],
  [new RegExp(`${START}centos${END}`), "distro/centos"],
  [new RegExp(`${START}fedora${END}`), "fedora"],
];

/** The reference of the base that the last part of an image's name tells, or null. */
export function baseFromName(name: string): string | null {
  return firstMatch(NAME_WORDS, name.slice(name.lastIndexOf("/") + 1));
}

/** The reference of the base that the words of a tag name, or null. */
export function baseFromWords(tag: string): string | null {
  return firstMatch(WORDS, tag);
}

function firstMatch(words: typeof WORDS, text: string): string | null {
  for (const [pattern, base] of words) {
    const match = pattern.exec(text);
    if (match) return base.replace("$1", match[1] ?? "");
  }
  return null;
}
