import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LinkedList, type Links } from './linked-list.ts';

interface Item extends Links<Item> {
  readonly name: number;
}

const makeItem = (name: number): Item => ({ name, list: undefined, earlier: undefined, later: undefined });

test('whatever comes and goes, it holds what a Set would, in the same order', () => {
  const step = fc.record({ name: fc.integer({ min: 0, max: 9 }), isLeaving: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const items = Array.from({ length: 10 }, (_, name) => makeItem(name));
      const list = new LinkedList<Item>();
      const set = new Set<Item>();
      for (const { name, isLeaving } of steps) {
        const item = items[name] as Item;
        if (isLeaving) {
          list.remove(item);
          set.delete(item);
        } else if (!set.has(item)) {
          list.add(item);
          set.add(item);
        }

        expect([...list]).toEqual([...set]);
        expect([list.first, list.size]).toEqual([[...set][0], set.size]);
      }
    }),
  );
});

test('what is looked at may leave, and what is not a member is left alone', () => {
  const [list, other] = [new LinkedList<Item>(), new LinkedList<Item>()];
  const items = [makeItem(0), makeItem(1), makeItem(2)];
  for (const item of items) list.add(item);

  const seen: number[] = [];
  for (const item of list) {
    other.remove(item);
    list.remove(item);
    seen.push(item.name);
  }

  expect(seen).toEqual([0, 1, 2]);
  expect([list.size, [...list]]).toEqual([0, []]);
  expect(items).toEqual([makeItem(0), makeItem(1), makeItem(2)]);
});
