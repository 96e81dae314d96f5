/** `optml model pack`: a folder as the model.tar.gz that SageMaker takes. */

import { join, resolve } from 'node:path';
import { collectModelFiles } from '../model/collect-model-files.ts';
import { packModel } from '../model/pack-model.ts';
import type { Context } from '../process/context.ts';
import { ownFolder } from '../project/bundle-current.ts';
import { formatSize } from '../terminal/format-size.ts';
import { writeProse, writeResult, writeTo } from '../terminal/write-to.ts';

/** The options of `optml model pack`. */
export interface ModelPackOptions {
  readonly output: string;
  readonly json?: true;
}

/** Packs the folder, and prints the archive's path. @throws CliError `MODEL_MISSING`, `MODEL_INVALID`, `MODEL_NOT_WRITTEN` */
export async function modelPack(
  typed: string | undefined,
  { output, json }: ModelPackOptions,
  { workingDirectory, stdout, stderr, stop: signal }: Context,
): Promise<void> {
  const folder = resolve(workingDirectory, typed ?? join(ownFolder, 'ml', 'model'));
  const file = resolve(workingDirectory, output);
  const { entries, leftOut } = await collectModelFiles(folder, file);
  const { digest, sizeBytes } = await packModel(entries, file, { signal });
  const files = entries.filter(({ type }) => type === 'file').length;
  if (leftOut.length > 0) await writeProse(stderr, `left out, as files of a desktop: ${leftOut.join(', ')}`);
  const tops = new Set(entries.map(({ path }) => path.split('/', 1)[0]));
  if (tops.size === 1 && entries[0]?.type === 'directory') {
    const [top] = tops;
    await writeProse(
      stderr,
      `all files are in ${top}/, and will be at /opt/ml/model/${top}: pack ${join(folder, top ?? '')} if the code looks for them in /opt/ml/model`,
    );
  }
  if (json === true) {
    return writeResult(stdout, { path: file, digest, sizeBytes, files, leftOut });
  }
  await writeProse(
    stderr,
    `packed ${files} ${files === 1 ? 'file' : 'files'}, ${formatSize(sizeBytes)}, ${digest}`,
  );
  await writeTo(stdout, `${file}\n`);
}
