/** A fake ECR and a connection to it, which go when the test ends. */

import { onTestFinished } from 'vitest';
import { type Connection, type ConnectionOptions, connectEcr } from '../src/connection/connection.ts';
import type { FakeEcr } from '../src/testing/fake-ecr.ts';
import { startFakeEcr } from '../src/testing/fake-ecr.ts';
import type { FakeEcrOptions } from '../src/testing/fake-ecr-options.ts';

/** Both of them. */
export interface StartedTarget {
  readonly ecr: FakeEcr;
  readonly connection: Connection;
  /** A connection to another region or account. */
  connect(options?: ConnectionOptions & { readonly accessKeyId?: string }): Promise<Connection>;
}

export async function startTarget(options: FakeEcrOptions = {}): Promise<StartedTarget> {
  const ecr = await startFakeEcr(options);
  onTestFinished(() => ecr.close());
  const connect: StartedTarget['connect'] = async ({ accessKeyId = 'AKIAFAKE', ...more } = {}) => {
    const connection = await connectEcr({
      endpoint: ecr.url,
      region: 'us-east-1',
      credentials: { accessKeyId, secretAccessKey: 'fake' },
      ...more,
    });
    onTestFinished(() => connection.close());
    return connection;
  };
  return { ecr, connection: await connect(), connect };
}
