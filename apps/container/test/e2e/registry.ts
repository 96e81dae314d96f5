/** Starts the registry that stands in for Amazon ECR, with ECR's API in front of it: a program of `@optml/ecr`'s tests. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(
  new URL('../../../../packages/ecr/test/registry/serve-ecr.ts', import.meta.url),
);

export interface Registry {
  /** What makes the AWS SDK use it. */
  readonly environment: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

/** Starts it with an empty store. It ends with this process, however that ends. */
export async function startRegistry(): Promise<Registry> {
  const child = spawn(process.execPath, [program], { stdio: ['pipe', 'pipe', 'inherit'] });
  const closed = once(child, 'close');
  const [line] = await Promise.race([
    once(createInterface({ input: child.stdout }), 'line'),
    closed.then(([exitCode]) => Promise.reject(new Error(`the registry ended with ${exitCode}`))),
  ]);
  return {
    environment: JSON.parse(line).environment,
    async close() {
      child.stdin.end();
      await closed;
    },
  };
}
