/** What a fake ECR can be told: how it is set up, and what is to go wrong. */

/** One statement of an IAM policy, as far as the fake understands it: `*` in actions and resources. */
export interface FakeEcrStatement {
  readonly Effect: 'Allow' | 'Deny';
  readonly Action: string | readonly string[];
  readonly Resource: string | readonly string[];
}

/** How a fake ECR is set up. */
export interface FakeEcrOptions {
  /**
   * `ecr`: the registry API has the quirks of ECR (201 for PATCH, a `Range` that goes stale, 416 for a second try on
   * one session, blobs given by a redirect to another host). `spec`: it does what the distribution
   * specification says. Default `ecr`.
   */
  readonly mode?: 'ecr' | 'spec' | undefined;
  /** The account of every access key that `accounts` does not name. Default `123456789012`. */
  readonly accountId?: string | undefined;
  /** Accounts by access key id. */
  readonly accounts?: Readonly<Record<string, string>> | undefined;
  /** What InitiateLayerUpload asks for, in bytes. Default 10 MiB. */
  readonly partBytes?: number | undefined;
  /** The smallest part but the last, in bytes. Default 5 MiB. */
  readonly minimumPartBytes?: number | undefined;
  /**
   * What a request to mount a blob is answered with: `mounted` 201, `ignored` 202 (an upload begins, as where
   * BLOB_MOUNTING is off), `forbidden` 403. Default `ignored` in `ecr` mode, `mounted` in `spec` mode.
   */
  readonly mounting?: 'mounted' | 'ignored' | 'forbidden' | undefined;
  /**
   * Whether logins name the registries by their own hosts, for example `http://123456789012.dkr.ecr.us-east-1.amazonaws.com`,
   * which clients reach with the fake as their proxy. Default: they name the fake's address.
   */
  readonly proxied?: boolean | undefined;
  /** Statements that requests need; without them all are allowed. */
  readonly policy?: readonly FakeEcrStatement[] | undefined;
  /** Access keys whose session has ended. */
  readonly expiredAccessKeys?: readonly string[] | undefined;
  /** Is told of each request when it has been carried out. */
  readonly onCall?: ((call: FakeEcrCall) => void) | undefined;
}

/** How a fake behaves: its options with their defaults. */
export type FakeRules = Readonly<ReturnType<typeof readRules>>;

/** Fills in the defaults. */
export function readRules(options: FakeEcrOptions) {
  const { mode = 'ecr', policy, expiredAccessKeys = [] } = options;
  const { mounting = mode === 'ecr' ? 'ignored' : 'mounted' } = options;
  const { partBytes = 10 * 1024 * 1024, minimumPartBytes = 5 * 1024 * 1024 } = options;
  return { quirks: mode === 'ecr', mounting, partBytes, minimumPartBytes, policy, expiredAccessKeys };
}

/**
 * Something that is to go wrong, once or `times` times, with requests of one kind: an operation of the JSON API, as
 * `PutImage`, or of the registry API, as `PUT upload`, `POST upload`, `GET blob`, `HEAD blob`, `PUT manifest`.
 */
export type FakeEcrFault = { readonly on: string; readonly times?: number | undefined } & (
  | {
      readonly answer: {
        readonly type: string;
        readonly message?: string | undefined;
        readonly status?: number | undefined;
      };
    }
  /** The connection ends when so many bytes of the request's body have come. */
  | { readonly dropAfterBytes: number }
  /** All is done, and the connection ends before the answer. */
  | { readonly dropAnswer: true }
  /** The connection ends when so many bytes of the answer's body have gone. */
  | { readonly truncateAnswerAfterBytes: number }
  /** The answer names a digest that is not that of the bytes; a blob that is read has other bytes. */
  | { readonly lieAboutDigest: true }
  /** A 307 to there. */
  | { readonly redirectTo: string }
);

/** One request that the fake has seen. */
export interface FakeEcrCall {
  /** Named as `on` of a `FakeEcrFault` is. */
  readonly operation: string;
  readonly face: 'api' | 'registry' | 'storage';
  readonly region: string;
  readonly accountId: string;
  readonly repository: string | undefined;
  /** Of the request's body, in bytes. */
  readonly bodyBytes: number;
  /** The answer's status; 0 when the connection ended before. */
  readonly status: number;
}
