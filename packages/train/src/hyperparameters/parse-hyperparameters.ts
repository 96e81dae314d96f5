/** Reads hyperparameters: text from the platform, typed by the author's schema, every problem at once. */

import { describeIssue } from '@optml/contract/describe-issue';
import * as core from 'zod/v4/core';
import type { JobProblem } from '../errors.ts';
import { chooseReading } from './choose-reading.ts';
import { suggestName } from './suggest-name.ts';

/** The platform's and the Python toolkit's own entries, which are not the author's hyperparameters. */
const reserved = /^(sagemaker_.*|_tuning_objective_metric|default_user_module_name)$/;

export type HyperparameterResult<Schema extends core.$ZodObject> =
  | { readonly ok: true; readonly values: core.output<Schema> }
  | { readonly ok: false; readonly problems: readonly [JobProblem, ...JobProblem[]] };

/**
 * Types the texts of `hyperparameters.json` by `schema`. A name may be spelt with other case, hyphens or
 * underscores (`max-depth`, `maxDepth`); reserved entries are left out.
 */
export function parseHyperparameters<Schema extends core.$ZodObject>(
  schema: Schema,
  texts: Readonly<Record<string, string>>,
): HyperparameterResult<Schema> {
  const { spellings, problems } = matchNames(schema, texts);
  const input: Record<string, unknown> = {};
  for (const [name, spelling] of spellings) {
    const reading = chooseReading(fieldSchema(schema, name), texts[spelling] ?? '');
    if (reading.ok) input[name] = reading.value;
    else problems.push(...reading.messages.map((message) => invalid(`hyperparameter ${spelling}${message}`)));
  }
  const result = core.safeParse(schema, input);
  if (result.success && problems.length === 0) return { ok: true, values: result.data };
  const others = (result.error?.issues ?? []).filter(
    (issue) => !spellings.has(String(issue.path[0])) || problems.length === 0,
  );
  const [first, ...rest] = [...problems, ...others.map((issue) => describeProblem(issue, input))];
  return { ok: false, problems: [first as JobProblem, ...rest] };
}

function invalid(message: string): JobProblem {
  return { code: 'HYPERPARAMETER_INVALID', message };
}

function describeProblem(issue: core.$ZodIssue, input: unknown): JobProblem {
  const { path, message } = describeIssue(issue, input);
  return invalid(path === '' ? `hyperparameters: ${issue.message}` : `hyperparameter ${path} ${message}`);
}

/** Maps each of the schema's names to the spelling that the job uses. */
function matchNames(schema: core.$ZodObject, texts: Readonly<Record<string, string>>) {
  const names = Object.keys(schema._zod.def.shape);
  const byNormalName = new Map(names.map((name) => [normalize(name), name]));
  const spellings = new Map<string, string>();
  const problems: JobProblem[] = [];
  for (const spelling of Object.keys(texts)) {
    if (reserved.test(spelling) && !names.includes(spelling)) continue;
    const name = names.includes(spelling) ? spelling : byNormalName.get(normalize(spelling));
    if (name === undefined && acceptsUnknown(schema)) spellings.set(spelling, spelling);
    else if (name === undefined)
      problems.push(
        invalid(`hyperparameter ${spelling || '""'} is unknown: ${suggestName(spelling, names)}`),
      );
    else if (spellings.has(name))
      problems.push(
        invalid(`hyperparameter ${name} is given twice, as ${spellings.get(name)} and ${spelling}: keep one`),
      );
    else spellings.set(name, spelling);
  }
  return { spellings, problems };
}

function normalize(name: string): string {
  return name.toLowerCase().replace(/[-_.]/g, '');
}

/** True for `z.looseObject` and for objects with a catch-all. */
function acceptsUnknown(schema: core.$ZodObject): boolean {
  const { catchall } = schema._zod.def;
  return catchall !== undefined && catchall._zod.def.type !== 'never';
}

function fieldSchema(schema: core.$ZodObject, name: string): core.$ZodType {
  const own = Object.hasOwn(schema._zod.def.shape, name) ? schema._zod.def.shape[name] : undefined;
  return own ?? (schema._zod.def.catchall as core.$ZodType);
}
