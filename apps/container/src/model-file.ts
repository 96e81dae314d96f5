/** The model artifact: one JSON file with a version, checked when it is read. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { TreeNode } from './decision-tree.ts';

export const modelFileName = 'model.json';

const nodeSchema: z.ZodType<TreeNode> = z.lazy(() =>
  z.union([
    z.strictObject({ label: z.string() }),
    z.strictObject({
      feature: z.number().int().min(0),
      threshold: z.number(),
      left: nodeSchema,
      right: nodeSchema,
    }),
  ]),
);

const modelSchema = z.object({
  format: z.literal('optml-decision-tree'),
  version: z.literal(1),
  /** How many numbers a row has. */
  featureCount: z.number().int().min(1),
  tree: nodeSchema,
});

export type Model = z.output<typeof modelSchema>;

export function createModel(tree: TreeNode, featureCount: number): Model {
  return { format: 'optml-decision-tree', version: 1, featureCount, tree };
}

/** Reads the model; throws with the file's name and what is wrong with it. */
export function readModel(directory: string): Model {
  const file = join(directory, modelFileName);
  const text = readText(file);
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new Error(`the model file ${file} is not JSON: ${(cause as Error).message}`, { cause });
  }
  const result = modelSchema.safeParse(json);
  if (result.success) return result.data;
  throw new Error(
    `the model file ${file} is not a decision tree of version 1:\n${z.prettifyError(result.error)}`,
  );
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const question = code === 'ENOENT' ? 'was a model trained into this folder?' : 'may this user read it?';
    throw new Error(`cannot read the model file ${file} (${code}): ${question}`, { cause });
  }
}
