/** The words between a test and the hosts that it starts. */

export interface HostSettings {
  readonly hosts: readonly string[];
  readonly currentHost: string;
  readonly port: number;
  readonly jobName: string;
  readonly networkInterface?: string | undefined;
  readonly heartbeatMs?: number | undefined;
  readonly silenceMs?: number | undefined;
  readonly deliveryTimeoutMs?: number | undefined;
  /** Stands for the root of the platform's tree. */
  readonly directory: string;
}

export type HostCommand =
  | { readonly do: 'wait'; readonly timeoutMs?: number | undefined; readonly port?: number | undefined }
  | { readonly do: 'barrier'; readonly name: string; readonly timeoutMs?: number | undefined }
  | { readonly do: 'broadcast'; readonly name: string; readonly value?: unknown }
  | {
      readonly do: 'lead';
      readonly value?: unknown;
      readonly error?: string | undefined;
      readonly name?: string | undefined;
    }
  | { readonly do: 'block'; readonly forMs: number }
  | { readonly do: 'tell-time' }
  | { readonly do: 'fail'; readonly cause: string }
  | { readonly do: 'leave' }
  | { readonly do: 'stop' };

export type HostEvent =
  | { readonly event: 'opened' }
  | { readonly event: 'warned'; readonly message: string }
  | { readonly event: 'aborted'; readonly message: string }
  | { readonly event: 'done'; readonly command: string; readonly value?: unknown }
  | {
      readonly event: 'refused';
      readonly command: string;
      readonly code?: string | undefined;
      readonly message: string;
    };
