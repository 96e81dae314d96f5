/** Writes docs/troubleshooting.md anew; a test compares it with the tables. */

import { writeFile } from 'node:fs/promises';
import { renderTroubleshooting } from '../src/explain/render-troubleshooting.ts';

await writeFile(new URL('../../../docs/troubleshooting.md', import.meta.url), renderTroubleshooting());
