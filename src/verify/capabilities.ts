/**
 * Which of the capabilities that root has here the app does not do without: found by taking them away, because no
 * engine tells which ones a process has used. Null where even a run with all of them does not behave as before, so
 * that nothing can be told, or where some stand in for others.
 *
 * @param granted names without `CAP_`
 * @param works whether the app behaves as before with only these
 */
export async function neededCapabilities(
  granted: readonly string[],
  works: (kept: readonly string[]) => Promise<boolean>,
): Promise<string[] | null> {
  if (await works([])) return [];
  const usual = granted.filter((each) => USUAL.has(each));
  const enough = (await works(usual)) ? usual : (await works(granted)) ? granted : null;
  if (enough === null) return null;
  const needed = await neededOf(enough, enough, works);
  return needed.length === enough.length || (await works(needed)) ? needed : null;
}

/** Those of `group` whose loss is noticed; most of many can go as a whole, which takes one run. */
async function neededOf(
  group: readonly string[],
  all: readonly string[],
  works: (kept: readonly string[]) => Promise<boolean>,
): Promise<string[]> {
  const dispensable = (): Promise<boolean> => works(all.filter((each) => !group.includes(each)));
  if (group.length === 1) return (await dispensable()) ? [] : [...group];
  if (group.length > FEW && (await dispensable())) return [];
  const parts = group.length > FEW ? 2 : group.length;
  const needed: string[] = [];
  for (let part = 0; part < parts; part++) {
    const from = Math.ceil((part * group.length) / parts);
    const to = Math.ceil(((part + 1) * group.length) / parts);
    needed.push(...(await neededOf(group.slice(from, to), all, works)));
  }
  return needed;
}

/** What servers use that prepare their files and step down. */
const USUAL: ReadonlySet<string> = new Set(["CHOWN", "DAC_OVERRIDE", "FOWNER", "SETGID", "SETUID"]);
const FEW = 5;
