/** The platform's numbers, each with its unit in its name. Source: the SageMaker API model of 2017-07-24 unless said otherwise. */

export const limits = {
  /** `FailureReason`: characters of the failure file that the console shows. */
  failureReasonCharacters: 1024,
  hyperparameters: { count: 100, nameCharacters: 256, valueCharacters: 2500 },
  channels: { count: 20, nameCharacters: 64 },
  metricDefinitions: { count: 40, nameCharacters: 255, regexCharacters: 500 },
  /** SIGTERM to SIGKILL. Source: "How Amazon SageMaker AI Runs Your Training Image". */
  trainingStopMs: 120_000,
  /** SIGTERM to SIGKILL. Source: "Custom Inference Code with Hosting Services". */
  hostingStopMs: 30_000,
  /** One `/ping`. Source: "Custom Inference Code with Hosting Services". */
  pingMs: 2_000,
  /** One `/invocations` without response streaming. Source: as above. */
  invocationMs: 60_000,
  /** One `/invocations` with response streaming. Source: `InvokeEndpointWithResponseStream`. */
  streamMs: 480_000,
  /** Real-time body: the guide says 25 MB where the API model still says 6; the larger is allowed. */
  invocationBytes: 25 * 1024 * 1024,
  /** `Message` and `OriginalMessage` of `ModelError`, which a client gets for a failed invocation. */
  modelErrorCharacters: 2048,
  /** `X-Amzn-SageMaker-Custom-Attributes`, visible US-ASCII. */
  customAttributesCharacters: 1024,
} as const;

/** One way to host a model. */
export interface HostingMode {
  readonly name: 'real-time' | 'serverless' | 'asynchronous' | 'batch transform';
  /** The largest body that the platform sends. */
  readonly bodyBytes: number;
  /** How long the platform waits for an answer, at most. */
  readonly invocationMs: number;
  /** Variables by which the container knows that it is hosted so. */
  readonly environment: Readonly<Record<string, string>>;
}

const mebibyte = 1024 ** 2;
const hourMs = 3_600_000;

/**
 * All of them. Source: "Serverless Inference", "Asynchronous Inference", `CreateTransformJob`, and of a real-time endpoint
 * what `limits` says.
 */
export const hostingModes: readonly HostingMode[] = [
  {
    name: 'real-time',
    bodyBytes: limits.invocationBytes,
    invocationMs: limits.invocationMs,
    environment: {},
  },
  { name: 'serverless', bodyBytes: 4 * mebibyte, invocationMs: limits.invocationMs, environment: {} },
  { name: 'asynchronous', bodyBytes: 1024 * mebibyte, invocationMs: hourMs, environment: {} },
  {
    name: 'batch transform',
    bodyBytes: 100 * mebibyte,
    invocationMs: hourMs,
    environment: { SAGEMAKER_BATCH: 'true' },
  },
];
