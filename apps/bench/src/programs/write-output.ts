/** Writes 100 MB to the stream that the first argument names, in lines or blocks as the second says. */

import process from 'node:process';
import { writeOutput } from '../write-output.ts';

await writeOutput(process.argv[2], process.argv[3]);
