/** What an author gets to know of a request besides its body. */

/** What is known of a request besides its body. */
export interface InvocationRequestInfo {
  /** `X-Amzn-SageMaker-Inference-Id`, or one made by the server; every log line of the request has it. */
  readonly requestId: string;
  /** Lower case, without parameters, such as `text/csv`. */
  readonly contentType: string;
  /** `X-Amzn-SageMaker-Custom-Attributes`, which the reply repeats. */
  readonly customAttributes: string | undefined;
  /** `Content-Type`, `Accept` and the `X-Amzn-SageMaker-*` headers, by lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
}
