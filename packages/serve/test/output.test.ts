/** What the author's code writes to stdout, by `console.log` as a rule. */

import { expect, test } from 'vitest';
import { startProgram } from './start-process.ts';

test.each(['exit', 'throw', 'block'])(
  'no line is lost that a worker writes before it ends (%s)',
  async (end) => {
    const program = startProgram('serve-fixture', 'last-words', JSON.stringify({ workers: { count: 1 } }));
    const { url } = JSON.parse(await program.readLine(/"ready"/)) as { readonly url: string };
    const body = JSON.stringify(end);

    const reply = fetch(`${url}/invocations`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
    reply.catch(() => undefined);

    const lines: string[] = [];
    while (lines.length < 100) lines.push(await program.readLine(/^stdout/));
    expect(lines).toEqual(Array.from({ length: 100 }, (_, index) => `stdout ${index + 1} before ${end}`));
  },
);
