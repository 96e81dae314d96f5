/** Looks at the model that a job leaves, which nobody else does before it is deployed. */

import { readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type { ResourceConfig } from '@optml/contract';
import type { Paths } from '@optml/contract/paths';
import { describeCluster } from '../cluster/cluster.ts';
import { nameSome } from '../hyperparameters/suggest-name.ts';
import { createSupervisorLog } from '../job/create-supervisor-log.ts';
import { type JobContext, peekConfig } from '../job/job-context.ts';

/**
 * Warns of a model folder without files, unless another host is the leader and may have written the model, and of
 * symbolic links in it: an endpoint cannot unpack an archive that has them. Never rejects. Source: AWS re:Post, "Why
 * does my SageMaker endpoint go into the failed state".
 */
export async function warnOfModel(
  context: Pick<JobContext, 'paths' | 'environment' | 'writeLine'>,
): Promise<void> {
  const { paths } = context;
  const log = createSupervisorLog(context);
  const found = await listModel(paths.model).catch((error: NodeJS.ErrnoException) => error);
  if (found instanceof Error && found.code !== 'ENOENT') {
    log.warn(`${paths.model} cannot be read at the end of the job: ${found.message}`);
    return;
  }
  const { files, links } = found instanceof Error ? { files: 0, links: [] } : found;
  if (files + links.length === 0 && isModelExpected(paths)) {
    log.warn(
      `training succeeded but left no model: ${paths.model} contains no files; write the model there (a program finds the folder in SM_MODEL_DIR)`,
    );
  }
  if (links.length > 0) {
    const names = nameSome(links.map((link) => relative(paths.model, link)).sort());
    log.warn(
      `the model in ${paths.model} has symbolic links, which an endpoint cannot unpack: ${names}; replace them with copies of the files`,
    );
  }
}

interface ModelFiles {
  readonly files: number;
  /** To files and folders alike. */
  readonly links: readonly string[];
}

async function listModel(directory: string): Promise<ModelFiles> {
  let files = 0;
  const links: string[] = [];
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    if (entry.isSymbolicLink()) links.push(path);
    else if (entry.isDirectory()) {
      const below = await listModel(path);
      files += below.files;
      links.push(...below.links);
    } else files += 1;
  }
  return { files, links };
}

/** Which host is the leader is said in the config, and where that says nothing there is one host. */
function isModelExpected(paths: Paths): boolean {
  const config = peekConfig(paths, 'resourceconfig') as ResourceConfig | undefined;
  return (config?.hosts?.length ?? 1) <= 1 || describeCluster(config as ResourceConfig).isLeader;
}
