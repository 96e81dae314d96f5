/** Writes 100 MB to the stream that the argument names. */

import process from 'node:process';
import { writeOutput } from '../write-output.ts';

await writeOutput(process.argv[2]);
