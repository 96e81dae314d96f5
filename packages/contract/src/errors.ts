/** Errors of the contract: what the platform's files and variables hold that nobody can work with. */

export const contractErrorCodes = [
  'CONFIG_MISSING',
  'CONFIG_UNREADABLE',
  'CONFIG_MALFORMED',
  'CONFIG_INVALID',
  'ENVIRONMENT_INVALID',
] as const;

export type ContractErrorCode = (typeof contractErrorCodes)[number];

/** One thing that is wrong, with everything needed to fix it. */
export interface Problem {
  readonly code: ContractErrorCode;
  /** The file's absolute path; absent for an environment variable. */
  readonly file?: string | undefined;
  /** Where in the file, for example `hosts[0]`, or the variable's name; empty for the whole file. */
  readonly path: string;
  /** The wrong value as it was found; `undefined` when there was none. */
  readonly value: unknown;
  /** What was wrong and what was expected, as a sentence without the place. */
  readonly message: string;
}

/** What is known beside the message. */
export interface ContractErrorFacts {
  readonly problems: readonly Problem[];
  readonly cause?: unknown;
}

/** Everything that is wrong with the container's surroundings, reported at once. */
export class ContractError extends Error {
  override readonly name = 'ContractError';
  readonly code: ContractErrorCode;
  readonly problems: readonly Problem[] = [];

  constructor(code: ContractErrorCode, message: string, { cause, ...facts }: ContractErrorFacts) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    Object.assign(this, facts);
  }
}

/** One error for all problems: with the code that they share, or `CONFIG_INVALID` when they differ. */
export function combineProblems(
  problems: readonly [Problem, ...Problem[]],
  { cause }: { readonly cause?: unknown } = {},
): ContractError {
  const [first] = problems;
  const code = problems.every((problem) => problem.code === first.code) ? first.code : 'CONFIG_INVALID';
  return new ContractError(code, composeMessage(problems), { problems, cause });
}

function composeMessage(problems: readonly [Problem, ...Problem[]]): string {
  const lines = problems.map((problem) => {
    const place = [problem.file, problem.path].filter(Boolean).join(': ');
    return `${place} ${problem.message}`;
  });
  if (lines.length === 1) return `${lines[0]}`;
  return `${lines.length} problems with what the platform provides:\n${lines.map((line) => `- ${line}`).join('\n')}`;
}
