import type { AccessLogOptions } from './access-log.ts';
import type { EmbeddedMetricsOptions } from './embedded-metrics.ts';

/** What is to be watched. */
export interface ObservabilityOptions {
  readonly metrics?: boolean | undefined;
  readonly embeddedMetrics?: EmbeddedMetricsOptions | undefined;
  readonly accessLog?: AccessLogOptions | undefined;
}
