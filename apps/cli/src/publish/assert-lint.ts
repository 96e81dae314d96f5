/** Prints what lint found, and ends where an error is among it. */

import type { LintFinding } from '@optml/ecr/lint';
import { CliError } from '../errors.ts';
import { writeProse } from '../terminal/write-to.ts';

/** @throws CliError `LINT_FAILED`, with every error in its message */
export async function assertLint(
  findings: readonly LintFinding[],
  stderr: NodeJS.WritableStream,
): Promise<void> {
  for (const finding of findings.filter(({ severity }) => severity === 'warning'))
    await writeProse(stderr, formatFinding(finding));
  const errors = findings.filter(({ severity }) => severity === 'error');
  if (errors.length === 0) return;
  const lines = errors.map((finding) => `- ${formatFinding(finding)}`);
  throw new CliError(
    'LINT_FAILED',
    `SageMaker would not run this image; --no-lint publishes it anyway:\n${lines.join('\n')}`,
    { facts: { findings } },
  );
}

/** One finding, with its reason and the fix. */
export function formatFinding({ severity, code, found, reason, fix }: LintFinding): string {
  return `${severity} ${code}: ${found}; ${reason}; ${fix}`;
}
