import { expect, test } from 'vitest';
import { countInvocations } from './count-invocations.ts';
import { createHistogram } from './histogram.ts';
import { renderMetrics } from './render-metrics.ts';

const sources = {
  lag: { take: () => ({ p50Ms: 0.5, p99Ms: 2, maximumMs: 12 }), stop: () => {} },
  readGauges: () => ({ inFlight: 3, healthy: 1, workers: { ready: 2, lost: 1, restarts: 0 } }),
};

test('figures are written in the text format of Prometheus', () => {
  const histogram = createHistogram('seconds', 'How long.', [0.5, 1]);
  for (const seconds of [0.25, 0.75, 0.75, 5]) histogram.observe(seconds);
  const counts = {
    ...countInvocations(),
    statuses: new Map([
      [200, 3],
      [400, 1],
    ]),
    errors: new Map(),
    histograms: [histogram],
  };

  const { contentType, text } = renderMetrics({ ...sources, counts });

  expect(contentType).toBe('text/plain; version=0.0.4; charset=utf-8');
  expect(
    text,
  ).toContain(`# HELP optml_invocations_total Answered invocations by HTTP status; 499 for a client that left before.
# TYPE optml_invocations_total counter
optml_invocations_total{status="200"} 3
optml_invocations_total{status="400"} 1
`);
  expect(text).toContain(`# TYPE optml_invocation_errors_total counter

# HELP optml_request_bytes_total Bytes of bodies received.
# TYPE optml_request_bytes_total counter
optml_request_bytes_total 0
`);
  expect(text).toContain('# TYPE optml_workers_lost gauge\noptml_workers_lost 1\n');
  expect(text).toContain('\noptml_event_loop_lag_p50_seconds 0.0005\n');
  expect(text.slice(text.indexOf('# HELP seconds'))).toBe(`# HELP seconds How long.
# TYPE seconds histogram
seconds_bucket{le="0.5"} 1
seconds_bucket{le="1"} 3
seconds_bucket{le="+Inf"} 4
seconds_sum 6.75
seconds_count 4
`);
});
