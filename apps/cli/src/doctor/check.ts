/** What a check of `optml doctor` says. */

/** How one check went. An `error` means that a command would fail. */
export interface Check {
  readonly name: string;
  readonly status: 'ok' | 'warning' | 'error' | 'skipped';
  readonly message: string;
  /** What to do, where something is wrong. */
  readonly fix?: string;
}

/** A check that went well. */
export function ok(name: string, message: string): Check {
  return { name, status: 'ok', message };
}

/** A check that could not be made, and why. */
export function skipped(name: string, message: string): Check {
  return { name, status: 'skipped', message };
}
