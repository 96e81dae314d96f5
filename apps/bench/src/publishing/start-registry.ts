/** Debian's docker-registry with ECR's API in front of it: a program of `@optml/ecr`'s tests. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** From `dist`. */
const program = fileURLToPath(new URL('../../../packages/ecr/test/registry/serve-ecr.ts', import.meta.url));

/** A registry that runs. */
export interface LocalRegistry {
  /** With its port. */
  readonly host: string;
  /** What makes the AWS SDK use it. */
  readonly environment: Readonly<Record<string, string>>;
  /** How many calls of ECR's API were made so far. */
  countCalls(): Promise<number>;
  close(): Promise<void>;
}

/** Starts it with an empty store. Needs the package `docker-registry`. It ends with this process, however that ends. */
export async function startRegistry(): Promise<LocalRegistry> {
  const child = spawn(process.execPath, [program], { stdio: ['pipe', 'pipe', 'inherit'] });
  const closed = once(child, 'close');
  const lines = createInterface({ input: child.stdout });
  const readLine = async () => {
    const ended = closed.then(([exitCode]) =>
      Promise.reject(new Error(`the registry ended with ${exitCode}`)),
    );
    const [line] = await Promise.race([once(lines, 'line'), ended]);
    return JSON.parse(line);
  };
  const { host, environment } = await readLine();
  return {
    host,
    environment,
    async countCalls() {
      child.stdin.write('\n');
      return readLine();
    },
    async close() {
      child.stdin.end();
      await closed;
    },
  };
}
