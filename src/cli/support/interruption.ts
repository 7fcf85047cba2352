export interface Interruption {
  readonly signal: AbortSignal;
  /** From here on a signal ends deroot as usual; one that was caught does so now. */
  end(): void;
}

/** Ctrl-C ends what runs, cleans up, and then ends deroot the way the signal would have. */
export function interruptible(): Interruption {
  const controller = new AbortController();
  let caught: NodeJS.Signals | null = null;
  const listener = (signal: NodeJS.Signals): void => {
    caught ??= signal;
    controller.abort();
  };
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  for (const signal of signals) process.on(signal, listener);
  return {
    signal: controller.signal,
    end() {
      for (const signal of signals) process.off(signal, listener);
      if (caught !== null) process.kill(process.pid, caught);
    },
  };
}
