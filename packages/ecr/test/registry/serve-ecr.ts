/**
 * Debian's docker-registry with ECR's JSON API in front of it, for tests and benchmarks that publish from another
 * process: says on stdout, as one line of JSON, the registry's host and the environment that makes the AWS SDK use it.
 * Each line on stdin is answered with the number of calls of the JSON API so far. It ends when its stdin does.
 */

import process from 'node:process';
import { createInterface } from 'node:readline';
import { startEcrInFront } from './ecr-in-front.ts';
import { startDockerRegistry } from './start-docker-registry.ts';

// A signal to the whole group ends the others, and with them the stdin of this one.
for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => {});
const registry = await startDockerRegistry();
// A container engine pulls from the registry itself, so that is what references name.
const front = await startEcrInFront({ registryUrl: registry.url, direct: true });
const say = (value: unknown) => process.stdout.write(`${JSON.stringify(value)}\n`);
say({ host: new URL(registry.url).host, environment: front.environment });
for await (const _ of createInterface({ input: process.stdin })) say(front.calls.length);
await front.close();
await registry.close();
