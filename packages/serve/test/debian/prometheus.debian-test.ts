import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { startReadyServer, startServer } from '../start-server.ts';

/** Checks with the parser and the rules of Prometheus itself. */
function checkMetrics(text: string) {
  const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], {
    input: text,
    encoding: 'utf8',
  });
  return { status, output: stdout + stderr };
}

async function scrape(url: string): Promise<string> {
  return await (await fetch(`${url}/metrics`)).text();
}

test('promtool finds no fault with the metrics of a server that has seen everything', async () => {
  const { server, invoke } = await startReadyServer('batched');
  for (const body of ['"a"', '"bad"', '"throw"', '1', '{', '"exit"', '"after"']) await invoke(body);

  const text = await scrape(server.url);

  expect(text).toContain('optml_invocation_errors_total{code="PREDICTOR_FAILED"}');
  expect(text).toContain('optml_worker_restarts_total 1');
  expect(checkMetrics(text)).toEqual({ status: 0, output: '' });
});

test('promtool finds no fault with the metrics of a server that has seen nothing', async () => {
  const { server } = await startServer('sums');

  expect(checkMetrics(await scrape(server.url))).toEqual({ status: 0, output: '' });
});

test('promtool would find a fault', () => {
  expect(checkMetrics('# TYPE a counter\na{b="c} 1\n').status).not.toBe(0);
});
