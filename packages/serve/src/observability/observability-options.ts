import type { AccessLogOptions } from './access-log.ts';
import type { EmbeddedMetricsOptions } from './embedded-metrics.ts';

/** What is to be watched. */
export interface ObservabilityOptions {
  /** Answers `/metrics` in the text format of Prometheus; default true. */
  readonly metrics?: boolean | undefined;
  /** Writes metrics as lines of CloudWatch's embedded metric format; default none. */
  readonly embeddedMetrics?: EmbeddedMetricsOptions | undefined;
  /** Writes a line for each request; default none. */
  readonly accessLog?: AccessLogOptions | undefined;
}
