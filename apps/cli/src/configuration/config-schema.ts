/** Checks a project's configuration. */

import { describeIssue } from '@optml/contract/describe-issue';
import { z } from 'zod';
import { suggest } from '../terminal/suggest.ts';
import type { ProjectConfig } from './project-config.ts';

const listExpectation = 'expected a list of texts, for example ["a"]';
const words = z.array(z.string(), listExpectation);
/** A list with something in it. */
const someWords = words.min(1, listExpectation);
const texts = z.record(z.string(), z.string(), 'expected an object of texts, for example { "NAME": "text" }');
/** A text with something in it. */
const filled = z.string().min(1, 'expected a text that is not empty');
const flag = z.boolean('expected true or false');

const bytesExpectation = 'expected a number of bytes, for example 26214400';
const bytes = z.int(bytesExpectation).min(1, bytesExpectation);

function wholeNumber(minimum: number, maximum: number) {
  const expectation = `expected a whole number from ${minimum} to ${maximum}`;
  return z.int(expectation).min(minimum, expectation).max(maximum, expectation);
}

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
  optional: flag.optional(),
});

const imageSchema = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z0-9]+(?:[._/-]+[a-z0-9]+)*$/, 'expected a repository name such as "my-model"')
    .optional(),
  base: filled.optional(),
  platform: filled.optional(),
  files: z.array(fileSchema).min(1).optional(),
  ignore: words.optional(),
  entrypoint: someWords.optional(),
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
  maximumSize: wholeNumber(1, 100_000).optional(),
  maximumDelayMs: wholeNumber(0, 60_000).optional(),
});

const openInferenceSchema = z.strictObject({
  modelName: filled,
  modelVersion: filled.optional(),
});

const sessionsSchema = z.strictObject({
  isEnabled: flag.optional(),
  expirySeconds: wholeNumber(1, 604_800).optional(),
});

const drainSchema = z.strictObject({
  graceMs: wholeNumber(0, 20_000).optional(),
  silenceMs: wholeNumber(0, 25_000).optional(),
});

const serverSchema = z.strictObject({
  hosting: z.enum(['real-time', 'serverless', 'asynchronous']).optional(),
  isolation: z.enum(['worker', 'process', 'inline']).optional(),
  workers: wholeNumber(1, 1024).optional(),
  timeoutSeconds: wholeNumber(1, 3600).optional(),
  streamTimeoutSeconds: wholeNumber(1, 3600).optional(),
  connectionTimeoutSeconds: wholeNumber(1, 1800).optional(),
  workerConnections: wholeNumber(1, 10_000).optional(),
  maximumBodyBytes: bytes.optional(),
  defaultAccept: filled.optional(),
  batching: batchingSchema.optional(),
  openInference: openInferenceSchema.optional(),
  sessions: sessionsSchema.optional(),
  drain: drainSchema.optional(),
  playground: flag.optional(),
  metrics: flag.optional(),
  accessLog: flag.optional(),
  logFormat: z.enum(['text', 'json']).optional(),
});

const registrySchema = z.strictObject({
  repository: filled.optional(),
  regions: someWords.optional(),
  accounts: z
    .array(z.string().regex(/^\d{12}$/, 'expected an account ID of 12 digits'))
    .min(1)
    .optional(),
  tags: someWords.optional(),
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
    'server.sessions': sessionsSchema,
    'server.drain': drainSchema,
    registry: registrySchema,
  };
  return Object.keys(places[path.filter((part) => typeof part === 'string').join('.')]?.shape ?? {});
}

function formatPlace(path: readonly PropertyKey[]): string {
  return ['optml', ...path].join('.').replace(/\.(\d+)/g, '[$1]');
}
