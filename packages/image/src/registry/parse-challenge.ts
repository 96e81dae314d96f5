/** Reads `WWW-Authenticate`: how a registry wants to be told who asks. */

/** What a registry asks for. */
export type Challenge =
  | { readonly scheme: 'basic' }
  | {
      readonly scheme: 'bearer';
      readonly realm: string;
      readonly service?: string | undefined;
      readonly scope?: string | undefined;
    };

/** Gives the first challenge that can be met; `undefined` when there is none. */
export function parseChallenge(header: string | undefined): Challenge | undefined {
  const text = (header ?? '').slice(0, 4096);
  const bearer = /\bbearer\s+(.*)/is.exec(text);
  if (bearer !== null) {
    const parameters = new Map<string, string>();
    for (const [, name, quoted, plain] of (bearer[1] ?? '').matchAll(
      /([a-z_]+)=(?:"([^"]*)"|([^\s",]+))/gi,
    )) {
      parameters.set((name as string).toLowerCase(), quoted ?? plain ?? '');
    }
    const [realm, service, scope] = ['realm', 'service', 'scope'].map((name) => parameters.get(name));
    if (realm !== undefined && URL.canParse(realm)) {
      return { scheme: 'bearer', realm, service, scope };
    }
  }
  return /\bbasic\b/i.test(text) ? { scheme: 'basic' } : undefined;
}
