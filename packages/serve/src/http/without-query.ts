/** Leaves the query string of a URL out: it may hold what belongs in no log. */
export function withoutQuery(url: string): string {
  const query = url.indexOf('?');
  return query === -1 ? url : url.slice(0, query);
}
