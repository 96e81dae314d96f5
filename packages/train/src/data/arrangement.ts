/** What a channel does with the records of any format before it gives them. */

/** Puts records in another order, or leaves some out. */
export type Arrangement = <Item>(items: AsyncGenerator<Item>) => AsyncGenerator<Item>;

/** Gives all of them as they come. */
export const keepAll: Arrangement = (items) => items;
