/** The words between a test and the hosts that it starts. */

export interface HostSettings {
  readonly hosts: readonly string[];
  readonly currentHost: string;
  readonly port: number;
  readonly jobName: string;
  readonly networkInterface?: string;
  readonly heartbeatMs?: number;
  readonly silenceMs?: number;
  readonly deliveryTimeoutMs?: number;
  /** Stands for the root of the platform's tree. */
  readonly directory: string;
}

export type HostCommand =
  | { readonly do: 'wait'; readonly timeoutMs?: number; readonly port?: number }
  | { readonly do: 'barrier'; readonly name: string; readonly timeoutMs?: number }
  | { readonly do: 'broadcast'; readonly name: string; readonly value?: unknown }
  | { readonly do: 'lead'; readonly value?: unknown; readonly error?: string; readonly name?: string }
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
  | { readonly event: 'refused'; readonly command: string; readonly code?: string; readonly message: string };
