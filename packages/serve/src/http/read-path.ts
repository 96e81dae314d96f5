/**
 * Reads the path of a request, which a proxy may write behind its host; without the query string, which may hold what
 * belongs in no log. Source: RFC 9112, 3.2.2.
 */
export function readPath(target: string): string {
  const url = target.startsWith('/') ? target : target.replace(/^https?:\/\/[^/?]*/i, '');
  const query = url.indexOf('?');
  return query === -1 ? url : url.slice(0, query);
}
