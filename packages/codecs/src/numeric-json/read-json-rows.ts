/** Reads the commonest documents, rows of numbers, without parsing them; a property test holds the two against each other. */

import { scanJsonRows } from './scan-json-rows.ts';

/** Rows of finite numbers, and the key that held them; `undefined` where they were the whole document. */
export interface JsonRows {
  readonly rows: number[][];
  readonly key: string | undefined;
}

/** In front of the rows, and behind them: more is not looked for. */
const frameBytes = 200;
const head = /^[ \t\n\r]*(?:\{[ \t\n\r]*"(\w{1,40})"[ \t\n\r]*:[ \t\n\r]*)?(?=\[)/;

/** Reads `[[...]]` and `{"key": [[...]]}` with nothing in it but numbers; `undefined` for anything else. */
export function readJsonRows(body: Uint8Array): JsonRows | undefined {
  const [text, key] = head.exec(readText(body, 0, frameBytes)) ?? [];
  if (text === undefined || key === '__proto__') return undefined;
  const read = scanJsonRows(body, text.length);
  if (read === undefined || body.length - read.end > frameBytes) return undefined;
  const tail = key === undefined ? /^[ \t\n\r]*$/ : /^[ \t\n\r]*\}[ \t\n\r]*$/;
  return tail.test(readText(body, read.end, body.length)) ? { rows: read.rows, key } : undefined;
}

function readText(body: Uint8Array, from: number, to: number): string {
  return Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('latin1', from, to);
}
