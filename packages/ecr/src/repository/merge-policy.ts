/** Merges statements into a repository's policy by `Sid`: SetRepositoryPolicy replaces the whole text. */

import { EcrError } from '../errors.ts';

/** A statement of a policy; the `Sid` is what it is known by. */
export interface PolicyStatement {
  readonly Sid: string;
  readonly Effect: 'Allow' | 'Deny';
  readonly Principal?: unknown | undefined;
  readonly Action: string | readonly string[];
  readonly Condition?: unknown | undefined;
}

/** The longest text that SetRepositoryPolicy takes, in characters. */
const policyLimit = 10_240;

/**
 * Puts `statements` in the place of those with the same `Sid`, and behind the others; what else the policy says
 * stays. `undefined` when the policy says all of it already.
 *
 * @throws EcrError `POLICY_INVALID` for JSON that is not a policy, a `Sid` that is missing or twice there, or a
 *   text that becomes too long.
 */
export function mergePolicy(
  policyText: string | undefined,
  statements: readonly PolicyStatement[],
): string | undefined {
  const ids = statements.map(({ Sid }) => Sid);
  const unnamed = ids.find((id, index) => typeof id !== 'string' || id === '' || ids.indexOf(id) !== index);
  if (unnamed !== undefined) {
    throw invalid(`each statement of the policy needs its own "Sid": ${JSON.stringify(ids)}`);
  }
  const policy =
    policyText === undefined ? { Version: '2012-10-17', Statement: [] } : parsePolicy(policyText);
  const current = listStatements(policy.Statement);
  const given = new Map<unknown, PolicyStatement>(statements.map((statement) => [statement.Sid, statement]));
  const kept = current.map((statement) => given.get(statement.Sid) ?? statement);
  const added = statements.filter(({ Sid }) => !current.some((statement) => statement.Sid === Sid));
  const merged = [...kept, ...added];
  if (sameJson(merged, current)) return undefined;
  const text = JSON.stringify({ ...policy, Statement: merged });
  if (text.length > policyLimit) {
    throw invalid(
      `the repository's policy would be ${text.length} characters long, and ECR accepts at most ${policyLimit}`,
    );
  }
  return text;
}

type LooseStatement = Readonly<Record<string, unknown>>;

function parsePolicy(text: string): Readonly<Record<string, unknown>> {
  try {
    const policy: unknown = JSON.parse(text);
    if (typeof policy === 'object' && policy !== null && !Array.isArray(policy)) return { ...policy };
  } catch {
    // The same answer as for JSON of another shape.
  }
  throw invalid("the repository's current policy is not a JSON object: fix it in the console");
}

/** AWS takes one statement in place of a list. */
function listStatements(statement: unknown): readonly LooseStatement[] {
  if (Array.isArray(statement)) return statement;
  return statement === undefined ? [] : [statement as LooseStatement];
}

function invalid(message: string): EcrError {
  return new EcrError('POLICY_INVALID', message);
}

/** Whether two JSON values say the same: the order of an object's keys says nothing. */
export function sameJson(left: unknown, right: unknown): boolean {
  return JSON.stringify(sortKeys(left)) === JSON.stringify(sortKeys(right));
}

function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1));
  return entries.map(([key, member]) => [key, sortKeys(member)]);
}
