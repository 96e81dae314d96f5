/** Lets spans that the author's `predict` makes be children of the span of the invocation. */

import { loadTraceApi } from './load-trace-api.ts';

/** Runs something as a part of the trace that the headers name. */
export type RunInTrace = <Result>(headers: Readonly<Record<string, string>>, run: () => Result) => Result;

/** Gives nothing when no SDK is registered in this thread. */
export async function loadRunInTrace(): Promise<RunInTrace | undefined> {
  const api = await loadTraceApi();
  if (api === undefined) return undefined;
  return (headers, run) => api.context.with(api.propagation.extract(api.ROOT_CONTEXT, headers), run);
}
