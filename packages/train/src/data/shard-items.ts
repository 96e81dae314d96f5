/** Divides a stream that every host reads whole among the hosts. */

/** This host's place among the hosts; a run's `cluster` is one. */
export interface ShardOptions {
  /** From 0. */
  readonly rank: number;
  readonly hosts: readonly unknown[];
}

/** Yields every n-th item of n hosts, beginning with the rank-th: all hosts get as many, up to one. */
export async function* shardItems<Item>(
  items: AsyncIterable<Item>,
  { rank, hosts }: ShardOptions,
): AsyncGenerator<Item> {
  let index = 0;
  for await (const item of items) {
    if (index === rank) yield item;
    index = (index + 1) % hosts.length;
  }
}
