/** Recognizes the names of the server's own metrics. */

const names =
  /^(?:_aws|Code|Invocations|Invocation(?:s|4XX|5XX)?(?:InFlight|Errors)|Healthy|Workers(?:Ready|Lost)|WorkerRestarts|ModelsLoaded|SessionsOpen|AdaptersLoaded|EventLoopLag|(?:Queue|Predict)?Duration|BatchSize)$/;

/** True for a member of the lines that `createEmbeddedMetrics` writes: a dimension of such a name would be no text. */
export function isMetricName(name: string): boolean {
  return names.test(name);
}
