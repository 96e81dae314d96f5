/** Checks a project's configuration. */

import { describeIssue } from '@optml/contract/describe-issue';
import { z } from 'zod';
import { suggest } from '../terminal/suggest.ts';
import type { ProjectConfig } from './project-config.ts';

const words = z.array(z.string());
const texts = z.record(z.string(), z.string());

const fileSchema = z.strictObject({
  from: z
    .string()
    .regex(/^[^*]*[^/]*$/, 'expected a path, with a * in its last part only')
    .min(1),
  to: z.string().regex(/^\//, 'expected a path from the root of the image, such as /app'),
  mode: z
    .string()
    .regex(/^0?[0-7]{3}$/, 'expected an octal mode such as "0755"')
    .optional(),
  layer: z.enum(['dependencies', 'model', 'application']).optional(),
  optional: z.boolean().optional(),
});

const imageSchema = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z0-9]+(?:[._/-]+[a-z0-9]+)*$/, 'expected a repository name such as "my-model"')
    .optional(),
  base: z.string().min(1).optional(),
  platform: z.string().min(1).optional(),
  files: z.array(fileSchema).min(1).optional(),
  ignore: words.optional(),
  entrypoint: words.min(1).optional(),
  command: words.optional(),
  environment: texts.optional(),
  labels: texts.optional(),
  workingDirectory: z.string().regex(/^\//, 'expected an absolute path').optional(),
  user: z.string().optional(),
  exposedPorts: z
    .array(z.string().regex(/^\d{1,5}(\/(tcp|udp))?$/, 'expected a port such as "8080"'))
    .optional(),
});

const batchingSchema = z.strictObject({
  maximumSize: z.int().min(1).max(100_000).optional(),
  maximumDelayMs: z.int().min(0).max(60_000).optional(),
});

const openInferenceSchema = z.strictObject({
  modelName: z.string().min(1),
  modelVersion: z.string().min(1).optional(),
});

const serverSchema = z.strictObject({
  hosting: z.enum(['real-time', 'serverless', 'asynchronous']).optional(),
  isolation: z.enum(['worker', 'process', 'inline']).optional(),
  workers: z.int().min(1).max(1024).optional(),
  timeoutSeconds: z.int().min(1).max(3600).optional(),
  streamTimeoutSeconds: z.int().min(1).max(3600).optional(),
  connectionTimeoutSeconds: z.int().min(1).max(1800).optional(),
  workerConnections: z.int().min(1).max(10_000).optional(),
  maximumBodyBytes: z.int().min(1).optional(),
  defaultAccept: z.string().min(1).optional(),
  batching: batchingSchema.optional(),
  openInference: openInferenceSchema.optional(),
  playground: z.boolean().optional(),
  metrics: z.boolean().optional(),
  accessLog: z.boolean().optional(),
  logFormat: z.enum(['text', 'json']).optional(),
});

const registrySchema = z.strictObject({
  repository: z.string().min(1).optional(),
  regions: words.min(1).optional(),
  accounts: z
    .array(z.string().regex(/^\d{12}$/, 'expected an account ID of 12 digits'))
    .min(1)
    .optional(),
  tags: words.min(1).optional(),
});

const configSchema = z.strictObject({
  image: imageSchema.optional(),
  server: serverSchema.optional(),
  registry: registrySchema.optional(),
});

/** Gives the configuration, or what is wrong with it: each problem begins with its place, as in `optml.image.base`. */
export function parseConfig(
  value: unknown,
): { readonly config: ProjectConfig } | { readonly problems: readonly string[] } {
  // Compiling a parser takes longer than parsing one configuration.
  const result = configSchema.safeParse(value, { jitless: true });
  if (result.success) return { config: result.data as ProjectConfig };
  return { problems: result.error.issues.flatMap((issue) => describe(issue, value)) };
}

function describe(issue: z.core.$ZodIssue, config: unknown): readonly string[] {
  if (issue.code === 'unrecognized_keys') {
    const known = listKeys(issue.path);
    return issue.keys.map((key) => {
      const place = formatPlace([...issue.path, key]);
      return `${place} is not known${suggest(key, known)}: expected one of ${known.join(', ')}`;
    });
  }
  return [`${formatPlace(issue.path)} ${describeIssue(issue, config).message}`];
}

/** The keys of the object at a place of the configuration. */
function listKeys(path: readonly PropertyKey[]): readonly string[] {
  const places: Readonly<Record<string, z.ZodObject>> = {
    '': configSchema,
    image: imageSchema,
    'image.files': fileSchema,
    server: serverSchema,
    'server.batching': batchingSchema,
    'server.openInference': openInferenceSchema,
    registry: registrySchema,
  };
  return Object.keys(places[path.filter((part) => typeof part === 'string').join('.')]?.shape ?? {});
}

function formatPlace(path: readonly PropertyKey[]): string {
  return ['optml', ...path].join('.').replace(/\.(\d+)/g, '[$1]');
}
