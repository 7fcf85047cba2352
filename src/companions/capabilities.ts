/** Capabilities that do nothing for a process without root, unless its program has them by itself. */
export function isRootsOwn(capability: string): boolean {
  return ROOTS_OWN.test(capability);
}

const ROOTS_OWN =
  /^(?:CAP_)?(?:CHOWN|DAC_OVERRIDE|DAC_READ_SEARCH|FOWNER|FSETID|SETUID|SETGID|SETPCAP|SETFCAP|KILL|MKNOD|AUDIT_WRITE)$/i;
