/** What `--json` prints of each command, as zod schemas: `optml schema --output-of` writes them, tests hold commands to them. */

import { z } from 'zod';
import { cliErrorCodes } from '../errors.ts';

const digest = z.string().regex(/^sha256:[0-9a-f]{64}$/);
const bytes = z.number().int().nonnegative();
const severity = z.enum(['error', 'warning']);
const platform = z.string().describe('for example linux/amd64');
const references = z.array(z.string()).describe('by digest, one for each repository');
const anything = z.json();

const lintFinding = z.object({
  code: z.string(),
  severity,
  found: z.string(),
  reason: z.string(),
  fix: z.string(),
  path: z.string().optional(),
});

const layer = z.object({ digest, diffId: digest, kind: z.string(), size: bytes });

const published = z.object({
  digest,
  mediaType: z.string(),
  platform,
  references,
  layers: z.array(layer.extend({ reused: z.boolean() })),
  targets: z.array(z.looseObject({ region: z.string(), repository: z.string(), unchanged: z.boolean() })),
  bytesSent: bytes,
});

/** What `data` is, by command. */
export const outputSchemas = {
  init: z.object({
    folder: z.string(),
    name: z.string(),
    template: z.string(),
    commands: z.array(z.string()),
  }),
  train: z.object({
    root: z.string(),
    modelDirectory: z.string(),
    exitCode: z.literal(0),
    durationMs: z.number(),
    metrics: z.record(z.string(), z.number()),
    files: z.array(z.string()),
  }),
  serve: z.object({ url: z.string(), port: z.number().int() }),
  dev: z.object({ url: z.string() }),
  invoke: z.object({
    sent: z.object({ contentType: z.string(), guessed: z.boolean() }),
    status: z.number().int(),
    contentType: z.string().nullable(),
    encoding: z.enum(['json', 'text', 'base64']),
    body: anything,
  }),
  check: z.object({
    checks: z.array(z.object({ name: z.string(), status: z.enum(['ok', 'error']), message: z.string() })),
  }),
  schema: anything.describe('what it prints without --json'),
  build: z.object({
    digest,
    mediaType: z.string(),
    name: z.string(),
    tag: z.string(),
    base: z.string(),
    platform,
    output: z.object({ place: z.string(), digest, mediaType: z.string() }),
    config: digest,
    layers: z.array(layer),
  }),
  publish: z.union([
    published,
    published
      .extend({
        dryRun: z.literal(true),
        bytesToSend: bytes,
        calls: z.array(z.looseObject({})),
        policy: z.looseObject({}),
      })
      .loose(),
  ]),
  config: z.object({
    settings: z.array(z.object({ name: z.string(), value: anything.optional(), origin: z.string() })),
    limits: z.array(
      z.object({
        mode: z.enum([
          'real-time',
          'response streaming',
          'bidirectional streaming',
          'multi-model',
          'serverless',
          'asynchronous',
          'batch transform',
        ]),
        bodyBytes: bytes,
        platformBodyBytes: bytes.optional().describe('missing for messages of a connection'),
        invocationMs: bytes,
        platformInvocationMs: bytes,
        problems: z.array(z.string()),
      }),
    ),
  }),
  'images repair': z.object({
    dryRun: z.boolean(),
    repaired: z.boolean(),
    digest,
    mediaType: z.string(),
    before: z.object({ digest, mediaType: z.string() }),
    references,
  }),
  'images lint': z.object({ findings: z.array(lintFinding) }),
  'model pack': z.object({
    path: z.string(),
    digest,
    sizeBytes: bytes,
    files: bytes,
    leftOut: z.array(z.string()),
  }),
  'model inspect': z.object({
    path: z.string(),
    files: bytes,
    sizeBytes: bytes,
    contentBytes: bytes,
    top: z.array(z.string()),
    findings: z.array(
      z.object({
        code: z.string(),
        severity,
        message: z.string(),
        fix: z.string(),
        path: z.string().optional(),
        count: z.number().int().positive(),
      }),
    ),
  }),
  doctor: z.object({
    checks: z.array(
      z.object({
        name: z.string(),
        status: z.enum(['ok', 'warning', 'error', 'skipped']),
        message: z.string(),
        fix: z.string().optional(),
      }),
    ),
  }),
  explain: z.union([
    z.object({
      codes: z.array(z.object({ owner: z.string(), code: z.string(), meaning: z.string(), fix: z.string() })),
    }),
    z.object({
      error: z.looseObject({ id: z.string(), cause: z.string(), why: z.string(), fix: z.string() }),
    }),
  ]),
  completion: z.object({ shell: z.enum(['bash', 'zsh', 'fish']), script: z.string() }),
  '--version': z.looseObject({
    optml: z.string(),
    node: z.string(),
    packages: z.record(z.string(), z.string()),
  }),
} as const satisfies Readonly<Record<string, z.ZodType>>;

/** A command that `--json` describes. */
export type OutputCommand = keyof typeof outputSchemas;

/** What is printed instead when a command fails; further members depend on the code. */
const failureSchema = z.looseObject({
  code: z.enum(cliErrorCodes),
  message: z.string(),
  hint: z.string().optional().describe('what to do, as docs/errors.md has it'),
});

/** The whole line. */
export function createLineSchema(command: OutputCommand) {
  return z.union([
    z.object({ ok: z.literal(true), data: outputSchemas[command] }),
    z.object({ ok: z.literal(false), error: failureSchema }),
  ]);
}
