/** Finds OpenTelemetry, if an SDK is registered; without one not even its API is loaded. */

type TraceApi = typeof import('@opentelemetry/api');

/** Where every copy of the API of one major version keeps what is registered with it. */
const registry = Symbol.for('opentelemetry.js.api.1');

/** True in a thread with a registered tracer provider. */
export function isTraced(): boolean {
  const registered = (globalThis as { readonly [registry]?: { readonly trace?: unknown } })[registry];
  return registered?.trace !== undefined;
}

/** Gives the API in a thread with a registered tracer provider. */
export async function loadTraceApi(): Promise<TraceApi | undefined> {
  return isTraced() ? await import('@opentelemetry/api') : undefined;
}

/** Runs something as a part of the trace that the headers name. */
export type RunInTrace = <Result>(headers: Readonly<Record<string, string>>, run: () => Result) => Result;

/** Lets spans that the author's `predict` makes be children of the invocation's; nothing without an SDK in this thread. */
export async function loadRunInTrace(): Promise<RunInTrace | undefined> {
  const api = await loadTraceApi();
  return api && ((headers, run) => api.context.with(api.propagation.extract(api.ROOT_CONTEXT, headers), run));
}
