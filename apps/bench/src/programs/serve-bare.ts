/**
 * The least that could serve the reference model: `node:http`, the same rows read, the same tree asked, nothing
 * checked. Told `MODEL_FILE BUSY_MS PORT`; of `BUSY_MS` other than 0, each prediction keeps the CPU that long.
 */

import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import process from 'node:process';

type Node =
  | { readonly label: string }
  | { readonly feature: number; readonly threshold: number; readonly left: Node; readonly right: Node };

const [modelFile = '', busyMs = '0', port = '0'] = process.argv.slice(2);
const { tree } = JSON.parse(readFileSync(modelFile, 'utf8')) as { readonly tree: Node };

const server = createServer((request, response) => {
  if (request.url === '/ping') {
    response.end();
    return;
  }
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const lines = Buffer.concat(chunks).toString('utf8').split('\n');
    const rows = lines.filter((line) => line !== '').map((line) => line.split(',').map(Number));
    const body = `${rows.map(predict).join('\n')}\n`;
    response.writeHead(200, { 'content-type': 'text/csv', 'content-length': Buffer.byteLength(body) });
    response.end(body);
  });
});
server.keepAliveTimeout = 75_000;
server.listen(Number(port), '127.0.0.1');

function predict(row: readonly number[]): string {
  const endMs = performance.now() + Number(busyMs);
  while (performance.now() < endMs);
  let node = tree;
  while ('feature' in node) node = (row[node.feature] as number) <= node.threshold ? node.left : node.right;
  return node.label;
}
