/** Begins each file of tests with the variables that the process had: what one leaves would let the next pass, or fail. */

import process from 'node:process';

const worker = globalThis as { firstEnvironment?: NodeJS.ProcessEnv };
worker.firstEnvironment ??= { ...process.env };
const { firstEnvironment } = worker;

for (const name of Object.keys(process.env)) if (!(name in firstEnvironment)) delete process.env[name];
Object.assign(process.env, firstEnvironment);
