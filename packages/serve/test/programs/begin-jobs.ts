/** Begins so many jobs of the board that it inherits as descriptor 3, and writes which ones it has begun. */

import process from 'node:process';
import { openBoardFile } from '../../src/pool/board-file.ts';

const board = openBoardFile(3);
const begun: number[] = [];
process.stdout.write('[');
for (let job = 1; job <= Number(process.argv[2]); job += 1) if (board.begin(job)) begun.push(job);
process.stdout.write(`${begun.join()}]`);
