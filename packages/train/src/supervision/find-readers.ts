/** Finds processes such as the `tee` of `python3 train.py | tee log`, which end when their input does. */

import { readlinkSync } from 'node:fs';
import { hasSignal, type RunProcess } from './run-processes.ts';

const standardInput = 0;
const outputs = [1, 2];

/**
 * Finds those of `processes` that read what others write which handle `signal`, directly or through further ones. Told
 * to stop they would die at once, and what is still saving would die of its next word.
 */
export function findReaders(
  processes: readonly RunProcess[],
  signal: NodeJS.Signals,
): ReadonlySet<RunProcess> {
  const handling = processes.filter(({ pid }) => hasSignal(pid, 'caught', signal));
  const written = new Set(handling.flatMap(listOutputs));
  const readers = new Set<RunProcess>();
  const others = processes.filter((process) => !handling.includes(process));
  const find = () =>
    others.find((process) => !readers.has(process) && written.has(readPipe(process, standardInput) ?? ''));
  for (let reader = find(); reader !== undefined; reader = find()) {
    readers.add(reader);
    for (const pipe of listOutputs(reader)) written.add(pipe);
  }
  return readers;
}

function listOutputs(process: RunProcess): readonly string[] {
  return outputs.flatMap((descriptor) => readPipe(process, descriptor) ?? []);
}

/** The pipe's name, the same at both ends; undefined for what is not a pipe, or belongs to another user. */
function readPipe({ pid }: RunProcess, descriptor: number): string | undefined {
  try {
    const target = readlinkSync(`/proc/${pid}/fd/${descriptor}`);
    return target.startsWith('pipe:') ? target : undefined;
  } catch {
    return undefined;
  }
}
