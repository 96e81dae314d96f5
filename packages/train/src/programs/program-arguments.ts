/** The hyperparameters of a program as its arguments: no shell, so nothing in them can be executed. */

/**
 * Lists `--name value` in the order of the platform; one-letter names become `-n value`. Lists and objects
 * are JSON, `null` is an empty text, booleans are `true` and `false` in `json` style and `True` and `False`
 * in `python` style, which is what Python programs compare with.
 */
export function createProgramArguments(
  values: Readonly<Record<string, unknown>>,
  style: 'json' | 'python' = 'json',
): readonly string[] {
  return Object.entries(values).flatMap(([name, value]) => [
    name.length === 1 ? `-${name}` : `--${name}`,
    formatArgument(value, style),
  ]);
}

function formatArgument(value: unknown, style: 'json' | 'python'): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean' && style === 'python') return value ? 'True' : 'False';
  return JSON.stringify(value);
}
