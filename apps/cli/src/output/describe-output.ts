/** Writes what `--json` prints of a command as JSON Schema. */

import { z } from 'zod';
import { CliError } from '../errors.ts';
import { suggest } from '../terminal/suggest.ts';
import { createLineSchema, type OutputCommand, outputSchemas } from './output-schemas.ts';

/** JSON Schema of the one line, or of the last one; draft 2020-12. @throws CliError `USAGE` for a command that is not known */
export function describeOutput(command: string): object {
  const known = Object.keys(outputSchemas);
  if (!known.includes(command)) {
    throw new CliError(
      'USAGE',
      `--output-of "${command}" is not a command${suggest(command, known)}: give one of ${known.join(', ')}`,
    );
  }
  return z.toJSONSchema(createLineSchema(command as OutputCommand));
}
