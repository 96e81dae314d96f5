/** Reads one hyperparameter as its schema says. */

import { isLossyNumber } from '@optml/codecs/text';
import { describeIssue } from '@optml/contract/describe-issue';
import type * as core from 'zod/v4/core';
import { type Fit, fitSchema, isTypeIssue, kindOf } from './fit-schema.ts';
import { listReadings } from './list-readings.ts';

export type Reading =
  | { readonly ok: true; readonly value: unknown; readonly output: unknown }
  /** Messages that follow the name of the hyperparameter. */
  | { readonly ok: false; readonly messages: readonly string[] };

/**
 * Takes the first reading of `text` that the schema accepts and gives as what it is, else the first that it accepts,
 * or explains the failure of the reading that came closest.
 */
export function chooseReading(schema: core.$ZodType, text: string): Reading {
  const failures: (Fit & { ok: false })[] = [];
  let converted: (Fit & { ok: true }) | undefined;
  for (const node of listReadings(text)) {
    const fit = fitSchema(schema, node);
    // To JavaScript a list of one number is that number, too.
    if (!fit.ok && fit.isLost) return { ok: false, messages: explain(text, [fit]) };
    if (!fit.ok) failures.push(fit);
    else if (kindOf(fit.output) === kindOf(fit.value)) return fit;
    else converted ??= fit;
  }
  return converted ?? { ok: false, messages: explain(text, failures) };
}

function explain(text: string, failures: readonly (Fit & { ok: false })[]): readonly string[] {
  // A reading of the right type that breaks a rule says more than one of the wrong type, and so does a list or an
  // object in which something is wrong.
  const closest =
    failures.find(({ issues }) => issues.every((issue) => !isTypeIssue(issue))) ??
    failures.find(({ issues }) => issues.every(({ path }) => path.length > 0)) ??
    failures[0];
  return (closest?.issues ?? []).map((issue) => {
    const { path, value, expectation, message } = describeIssue(issue, closest?.value);
    const advice = advise(issue, value);
    if (path === '') return ` is ${JSON.stringify(text)}: ${adviseShape(issue) ?? expectation}${advice}`;
    return `${path.startsWith('[') ? '' : '.'}${path} ${message}${advice}`;
  });
}

/** What the platform delivers is text, and so the sender has to know how to write anything else. */
function adviseShape(issue: core.$ZodIssue): string | undefined {
  if (issue.code !== 'invalid_type' || !['object', 'record'].includes(issue.expected)) return undefined;
  return 'expected an object: write it as JSON, for example {"name":1}, or as Python prints it';
}

function advise(issue: core.$ZodIssue, value: unknown): string {
  if (!isTypeIssue(issue) || typeof value !== 'string' || !isLossyNumber(value.trim())) return '';
  const read = Number(value);
  return `, but it would be read as ${read}: send a number that fits a double, or declare text in the definition`;
}
