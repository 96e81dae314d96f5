import { expect, test } from 'vitest';
import { explainExit } from './process-group.ts';

const mebibyte = 1024 ** 2;
const killed = {
  exitCode: null,
  signal: 'SIGKILL',
  residentBytes: 300 * mebibyte,
  isHeapFull: false,
  maximumHeapMiB: 64,
} as const;
const aborted = { ...killed, signal: 'SIGABRT', hasKilled: false } as const;

test.each([
  ['killed while the kernel counts an end for memory', { ...killed, hasKilled: true }, true],
  ['killed by someone else', { ...killed, hasKilled: false }, false],
  ['aborted by V8, whose heap is full', { ...aborted, isHeapFull: true }, true],
  ['aborted by native code', aborted, false],
  ['exited', { ...aborted, signal: null, exitCode: 134, hasKilled: true }, false],
] as const)('memory is known to be the reason of an end, or it is not: %s', (_, facts, isMemory) => {
  expect(explainExit(facts).isMemory).toBe(isMemory);
});
