/** What a project can say of its image, its server and its registry: all of it optional, none of it code. */

/** The value of `optml.config.ts`, or of `"optml"` in package.json. */
export interface ProjectConfig {
  readonly image?: ImageConfig;
  readonly server?: ServerConfig;
  readonly registry?: RegistryConfig;
}

/** The image that `optml build` makes. */
export interface ImageConfig {
  /** Of the image; default: the package's name without its scope. */
  readonly name?: string;
  /** The base image; default `node:24-slim`. */
  readonly base?: string;
  /** `linux/amd64` (default) or `linux/arm64`. */
  readonly platform?: string;
  /** Further files and folders, beside the project's bundle. */
  readonly files?: readonly ImageFile[];
  /** Patterns of what to leave out, as in .dockerignore. */
  readonly ignore?: readonly string[];
  /** Default: the bundle's entry point. */
  readonly entrypoint?: readonly string[];
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
  /** An absolute path. */
  readonly workingDirectory?: string;
  readonly user?: string;
  /** As in `8080` or `8080/tcp`. */
  readonly exposedPorts?: readonly string[];
}

/** A file or folder of the image. */
export interface ImageFile {
  /** A file or folder, from the folder of package.json; the last part may have a `*`, for any letters. */
  readonly from: string;
  /** Where in the image; a folder's content goes there, a file goes into a target that ends with a slash. */
  readonly to: string;
  /** Of the files, in octal, as in `0755`. */
  readonly mode?: string;
  /** Which layer it belongs to; default `application`, and `dependencies` for `node_modules`. */
  readonly layer?: 'dependencies' | 'model' | 'application';
  /** Left out without a word where it is not there. */
  readonly optional?: boolean;
}

/** The server, here and in the image; a variable of the environment wins, as docs/environment.md has them. */
export interface ServerConfig {
  /** How the platform hosts the model, which limits and workers follow; it says so itself of a transform job only. */
  readonly hosting?: 'real-time' | 'serverless' | 'asynchronous';
  /** Where user code runs; default `worker`. */
  readonly isolation?: 'worker' | 'process' | 'inline';
  /** How many workers; default one per CPU, and one where the hosting is serverless. */
  readonly workers?: number;
  /** For one invocation; default 5 s less than the platform waits: 55 s in real time. */
  readonly timeoutSeconds?: number;
  /** For a streamed reply, from its first item on; default 480 s. */
  readonly streamTimeoutSeconds?: number;
  /** For a WebSocket connection; default 1800 s. */
  readonly connectionTimeoutSeconds?: number;
  /** How many WebSocket connections a worker has at once; default 64. */
  readonly workerConnections?: number;
  /** Of one request; default as many as the platform sends: 25 MiB in real time. */
  readonly maximumBodyBytes?: number;
  /** The media type of replies to requests that name none. */
  readonly defaultAccept?: string;
  /** How requests are gathered for `predictBatch`, in place of what the predictor says. */
  readonly batching?: BatchingConfig;
  /** Answers the Open Inference Protocol under `/v2`, too. */
  readonly openInference?: OpenInferenceConfig;
  /** Whether clients may open sessions of a predictor that has them, and for how long. */
  readonly sessions?: SessionsConfig;
  /** How the server ends. */
  readonly drain?: DrainConfig;
  /** Answers `/` with a page to try the model; default only for `optml serve` and `optml dev`. */
  readonly playground?: boolean;
  /** Answers `/metrics`; default true. */
  readonly metrics?: boolean;
  /** Writes a line for each request; default false. */
  readonly accessLog?: boolean;
  /** Default `text`. */
  readonly logFormat?: 'text' | 'json';
}

/** How requests are gathered. */
export interface BatchingConfig {
  /** The most requests of a batch. */
  readonly maximumSize?: number;
  /** The longest that a request waits for others while the model has nothing to do; 0 for never. */
  readonly maximumDelayMs?: number;
}

/** Sessions, in place of what the predictor says. */
export interface SessionsConfig {
  /** False refuses them. */
  readonly isEnabled?: boolean;
  /** From the opening of a session on; default the predictor's, or 1200 s. */
  readonly expirySeconds?: number;
}

/** The end of the server, from SIGTERM on. */
export interface DrainConfig {
  /** How long connections are still accepted; default 2000 ms, and none for `optml serve` and `optml dev`. */
  readonly graceMs?: number;
  /** How long neither side may have said anything on a WebSocket connection for it to be closed; default 5000 ms. */
  readonly silenceMs?: number;
}

/** The model as it is named under `/v2/models`. */
export interface OpenInferenceConfig {
  readonly modelName: string;
  readonly modelVersion?: string;
}

/** Where `optml publish` sends the image. */
export interface RegistryConfig {
  /** Of Amazon ECR; default: the image's name. */
  readonly repository?: string;
  /** Default: `AWS_REGION`, or that of the profile. */
  readonly regions?: readonly string[];
  /** Default: your own. */
  readonly accounts?: readonly string[];
  /** Default `latest`. */
  readonly tags?: readonly string[];
}
