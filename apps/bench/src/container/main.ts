/** An entry point like that of apps/container, bundled by the same configuration. */

import { enableCompileCache } from 'node:module';
import process from 'node:process';

const stop = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => stop.abort(signal));

enableCompileCache();

const { runTrain } = await import('./run-train.ts');
process.exit(await runTrain(stop.signal));
