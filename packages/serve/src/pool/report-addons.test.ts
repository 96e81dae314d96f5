import { readFileSync } from 'node:fs';
import process from 'node:process';
import { expect, onTestFinished, test } from 'vitest';
import { reportAddons } from './report-addons.ts';

test('an addon that has no place for another thread is given another isolation', () => {
  const { dlopen } = process;
  onTestFinished(() => {
    process.dlopen = dlopen;
  });
  const loaded: string[] = [];
  reportAddons((file) => loaded.push(file));
  // To Node, any library is such an addon that is loaded already.
  const file = /\/\S+\/libc\.so\S*/.exec(readFileSync('/proc/self/maps', 'utf8'))?.[0] ?? '';

  expect(() => process.dlopen({ exports: {} }, file)).toThrow(
    /^Module did not self-register: '.*': an addon that only one thread .* \(OPTML_ISOLATION=process\)$/,
  );
  expect(loaded).toEqual([]);
});
