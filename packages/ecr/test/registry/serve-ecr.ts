/**
 * Debian's docker-registry with ECR's JSON API in front of it, for tests that publish from another process: says on
 * stdout, as one line of JSON, the environment that makes the AWS SDK use it. It ends when its stdin does.
 */

import { once } from 'node:events';
import process from 'node:process';
import { startEcrInFront } from '../../src/testing/ecr-in-front.ts';
import { startDockerRegistry } from './start-docker-registry.ts';

// A signal to the whole group ends the others, and with them the stdin of this one.
for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => {});
const registry = await startDockerRegistry();
// A container engine pulls from the registry itself, so that is what references name.
const front = await startEcrInFront({ registryUrl: registry.url, direct: true });
process.stdout.write(`${JSON.stringify(front.environment)}\n`);
await once(process.stdin.resume(), 'end');
await front.close();
await registry.close();
