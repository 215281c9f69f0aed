/** Runs tasks with limited concurrency. Resolves with their results in order. */
export async function sideBySide<Item, Outcome>(
  items: readonly Item[],
  atOnce: number,
  run: (item: Item) => Promise<Outcome>,
): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < items.length) {
      const at = next++;
      outcomes[at] = await run(items[at]!);
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, work));
  return outcomes;
}
