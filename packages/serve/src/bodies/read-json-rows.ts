/** Reads the commonest documents, rows of numbers, without parsing them; a property test holds the two against each other. */

import { scanJsonRows } from '@optml/codecs';
import type { DecodedBody } from './decoded-body.ts';
import { wrappers } from './wrappers.ts';

/** In front of the rows, and behind them: more is not looked for. */
const frameBytes = 200;
const space = '[ \\t\\n\\r]*';
const head = new RegExp(`^${space}(?:\\{${space}"(${wrappers.join('|')})"${space}:${space})?(?=\\[)`);
const tails = { bare: new RegExp(`^${space}$`), wrapped: new RegExp(`^${space}\\}${space}$`) };

/** Reads `[[...]]` and `{"instances": [[...]]}` with nothing in it but numbers; `undefined` for anything else. */
export function readJsonRows(body: Uint8Array): DecodedBody | undefined {
  const [text, name] = head.exec(readText(body, 0, frameBytes)) ?? [];
  if (text === undefined) return undefined;
  const read = scanJsonRows(body, text.length);
  if (read === undefined || body.length - read.end > frameBytes) return undefined;
  const tail = name === undefined ? tails.bare : tails.wrapped;
  if (!tail.test(readText(body, read.end, body.length))) return undefined;
  return { name: name ?? 'instances', instances: read.rows, areNumberRows: true };
}

function readText(body: Uint8Array, from: number, to: number): string {
  return Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('latin1', from, to);
}
