/** Finds declared metrics that the job's own metric definitions would not find in the log. */

import { formatMetricLine } from './metric-line.ts';
import type { MetricDeclarations } from './metrics.ts';

const sample = 0.9667;

/**
 * Lists the names that none of `definitions` finds; an empty list where the job has no definitions, because it then wants no metrics.
 * Their shape is that of CreateTrainingJob, `{ Name, Regex }`; what has another shape, or an expression that only
 * the platform can read, is taken to find everything.
 */
export function findLostMetrics(
  declared: MetricDeclarations,
  definitions: readonly unknown[],
): readonly string[] {
  if (definitions.length === 0) return [];
  return Object.keys(declared).filter((name) => !definitions.some((definition) => finds(definition, name)));
}

function finds(definition: unknown, name: string): boolean {
  const { Name, Regex } = (definition ?? {}) as { readonly Name?: unknown; readonly Regex?: unknown };
  if (typeof Name !== 'string' || typeof Regex !== 'string') return true;
  if (Name !== name) return false;
  const expression = compile(Regex);
  return (
    expression === undefined || Number(expression.exec(formatMetricLine(name, sample, 1))?.[1]) === sample
  );
}

/** Undefined for an expression that JavaScript cannot read. */
function compile(text: string): RegExp | undefined {
  try {
    return new RegExp(text);
  } catch {
    return undefined;
  }
}
