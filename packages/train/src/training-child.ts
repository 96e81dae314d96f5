/** The program of the process that runs a definition: its arguments are the module's URL and what to know. */

import { enableCompileCache } from 'node:module';
import { type ChildStart, runInChild } from './child/run-in-child.ts';
import { loadDefinition } from './load-definition.ts';

const [url = '', start = '{}'] = process.argv.slice(2);

// Halves the time that zod takes; where nothing can be written it does nothing.
enableCompileCache();

await runInChild(() => loadDefinition(url), JSON.parse(start) as ChildStart);
