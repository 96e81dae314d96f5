/** The folder whose content becomes `model.tar.gz`. */

import { join } from 'node:path';
import { writeFileAtomically } from './write-file-atomically.ts';

/** Where the trained model goes. */
export interface ModelArtifact {
  readonly directory: string;
  /** Writes one file of the model; a file of that name is replaced whole or not at all. */
  write(fileName: string, data: string | Uint8Array): Promise<void>;
}

export function createModelArtifact(directory: string): ModelArtifact {
  return { directory, write: (fileName, data) => writeFileAtomically(join(directory, fileName), data) };
}
