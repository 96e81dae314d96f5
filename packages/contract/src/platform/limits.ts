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
  /** One connection of bidirectional streaming. Source: "Invoke models with bidirectional streaming". */
  connectionMs: 1_800_000,
  /** Real-time body: the guide says 25 MB where the API model still says 6; the larger is allowed. */
  invocationBytes: 25 * 1024 * 1024,
  /** `Message` and `OriginalMessage` of `ModelError`, which a client gets for a failed invocation. */
  modelErrorCharacters: 2048,
  /** `X-Amzn-SageMaker-Custom-Attributes`, visible US-ASCII. */
  customAttributesCharacters: 1024,
} as const;

/** The ways to host a model, as far as they differ in what a request may be. */
export type HostingMode = 'real-time' | 'serverless' | 'asynchronous' | 'batch transform';

/** What the platform allows a request. */
export interface RequestLimits {
  /** The largest body that it sends. */
  readonly bodyBytes: number;
  /** How long it waits for an answer, at most. */
  readonly invocationMs: number;
  /** How long it waits for the end of a streamed answer. */
  readonly streamMs: number;
}

const mebibyte = 1024 ** 2;
const minute = { invocationMs: limits.invocationMs, streamMs: limits.streamMs };
const hour = { invocationMs: 3_600_000, streamMs: 3_600_000 };

/**
 * What each way to host a model allows a request. Source: "Serverless Inference", "Asynchronous Inference", and of
 * `CreateTransformJob` `MaxPayloadInMB` and `InvocationsTimeoutInSeconds`.
 */
export const requestLimits: Readonly<Record<HostingMode, RequestLimits>> = {
  'real-time': { bodyBytes: limits.invocationBytes, ...minute },
  serverless: { bodyBytes: 4 * mebibyte, ...minute },
  asynchronous: { bodyBytes: 1024 * mebibyte, ...hour },
  'batch transform': { bodyBytes: 100 * mebibyte, ...hour },
};
