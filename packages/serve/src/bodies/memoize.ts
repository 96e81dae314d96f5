/** Keeps what a pure function of headers gave: the same few come with every request. */

/** Headers beyond these are worked out anew, so that nobody can fill the memory with them. */
const maximumEntries = 100;
const maximumCharacters = 300;

/** Wraps a function that depends on its arguments only; what it throws is not kept. */
export function memoize<Arguments extends readonly (string | undefined)[], Result>(
  compute: (...headers: Arguments) => Result,
): (...headers: Arguments) => Result {
  const kept = new Map<string, Result>();
  return (...headers) => {
    const key = headers.length === 1 ? (headers[0] ?? '\0') : headers.map((text) => text ?? '\0').join('\n');
    const known = kept.get(key);
    if (known !== undefined) return known;
    const result = compute(...headers);
    if (key.length <= maximumCharacters && kept.size < maximumEntries) kept.set(key, result);
    return result;
  };
}
