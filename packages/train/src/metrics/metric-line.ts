/** The one form in which a metric stands in the log. */

const linePattern = /^\[metric\] (\S+)=([-+.0-9eE]+)(?: step=([-+.0-9eE]+))?$/;

/** Writes `[metric] validation:accuracy=0.9667 step=3`, without the step where there is none. */
export function formatMetricLine(name: string, value: number, step: number | undefined): string {
  return `[metric] ${name}=${value}${step === undefined ? '' : ` step=${step}`}`;
}

/** Reads a line of a training log that `metrics.log` wrote; `undefined` for any other line. */
export function parseMetricLine(
  line: string,
): { readonly name: string; readonly value: number; readonly step?: number | undefined } | undefined {
  const match = linePattern.exec(line);
  if (match === null) return undefined;
  const [, name = '', value, step] = match;
  return { name, value: Number(value), step: step === undefined ? undefined : Number(step) };
}
