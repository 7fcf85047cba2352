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
  if (!(await works(granted))) return null;
  const needed = await neededOf(granted, granted, works);
  return (await works(needed)) ? needed : null;
}

/** Those of `group` whose loss is noticed; most groups can go as a whole, which takes one run. */
async function neededOf(
  group: readonly string[],
  granted: readonly string[],
  works: (kept: readonly string[]) => Promise<boolean>,
): Promise<string[]> {
  if (await works(granted.filter((each) => !group.includes(each)))) return [];
  if (group.length === 1) return [...group];
  const half = Math.ceil(group.length / 2);
  return [
    ...(await neededOf(group.slice(0, half), granted, works)),
    ...(await neededOf(group.slice(half), granted, works)),
  ];
}
