/** `optml model inspect`: what is in a model archive, and what is wrong with it. */

import { resolve } from 'node:path';
import { CliError } from '../errors.ts';
import { inspectModel, type ModelFinding } from '../model/inspect-model.ts';
import type { Context } from '../process/context.ts';
import { formatSize } from '../terminal/format-size.ts';
import { writeResult, writeTo } from '../terminal/write-to.ts';

/** The options of `optml model inspect`. */
export interface ModelInspectOptions {
  readonly json?: true;
}

/** Prints the findings; an error among them ends with exit code 1. @throws CliError `MODEL_MISSING`, `MODEL_INVALID` */
export async function modelInspect(
  typed: string,
  { json }: ModelInspectOptions,
  { workingDirectory, stdout, stop: signal }: Context,
): Promise<void> {
  const file = resolve(workingDirectory, typed);
  const report = await inspectModel(file, { signal });
  const { files, sizeBytes, contentBytes, top, findings } = report;
  const failed = findings.filter(({ severity }) => severity === 'error');
  if (json === true && failed.length === 0) {
    await writeResult(stdout, { path: file, ...report });
  } else if (json !== true) {
    const sizes = `${formatSize(sizeBytes)}, ${formatSize(contentBytes)} unpacked`;
    const summary = `${files} ${files === 1 ? 'file' : 'files'}, ${sizes}; at the top: ${formatTop(top)}\n`;
    const lines = findings.map((finding) => `${formatFinding(finding)}\n`);
    await writeTo(stdout, summary + (lines.length === 0 ? 'no findings\n' : lines.join('')));
  }
  if (failed.length === 0) return;
  const codes = failed.map(({ code }) => code).join(', ');
  const facts = { path: file, files, sizeBytes, contentBytes, findings };
  throw new CliError('MODEL_INVALID', `SageMaker would not take ${file} as it is: ${codes}`, { facts });
}

const shownNames = 10;

function formatTop(top: readonly string[]): string {
  if (top.length === 0) return 'nothing';
  return top.slice(0, shownNames).join(' ') + (top.length > shownNames ? ' ...' : '');
}

function formatFinding({ code, severity, message, fix, path, count }: ModelFinding): string {
  const where = path === undefined ? '' : ` (${path}${count > 1 ? `, and ${count - 1} more` : ''})`;
  return `${severity} ${code}: ${message}${where}; ${fix}`;
}
