import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { startFakeEcr } from '@optml/ecr/testing';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, onTestFinished, test, vi } from 'vitest';
import { makeBase } from '../../test/make-base.ts';
import { makeProjectOf } from '../../test/make-project.ts';
import { fixture, makeFolder, runOptml, startOptml } from '../../test/run-optml.ts';
import { createProgram } from '../command-line/program.ts';
import { listCommands } from '../completion/list-commands.ts';
import type { Context } from '../process/context.ts';
import { describeOutput } from './describe-output.ts';
import { type OutputCommand, outputSchemas } from './output-schemas.ts';

const context = { stdout: new PassThrough(), stderr: new PassThrough() } as unknown as Context;

const ajv = new Ajv2020({ strict: false });

/** Holds the last line of stdout to the schema that `optml schema --output-of` prints, which lets no other members in. */
function read(command: OutputCommand, out: string) {
  const line = out.trimEnd().split('\n').at(-1) ?? '';
  const value = JSON.parse(line) as {
    ok: boolean;
    data: Record<string, unknown>;
    error: Record<string, unknown>;
  };
  ajv.validate(describeOutput(command), value);
  expect({ command, errors: ajv.errors }).toEqual({ command, errors: null });
  return value;
}

test('every command has --json and --quiet, and a schema of what it prints', () => {
  const leaves = listCommands(createProgram(context, undefined)).filter(
    ({ commands }) => commands.length === 0,
  );

  for (const { options } of leaves) {
    expect(options.map(({ flag }) => flag)).toEqual(expect.arrayContaining(['--json', '--quiet']));
  }
  const names = leaves.map(({ path }) => path.replace('optml ', ''));
  expect([...names, '--version'].sort()).toEqual(Object.keys(outputSchemas).sort());
});

test('the results of commands are one object each, as their schemas say', async () => {
  const workingDirectory = await makeProjectOf('function');
  const folder = await makeFolder();
  await writeFile(join(folder, 'model.json'), '{}');
  const run = async (command: OutputCommand, ...words: string[]) => {
    const { out } = await runOptml([...command.split(' '), '--json', ...words], { workingDirectory });
    return read(command, out);
  };
  const inputs = ['--input', `training=${folder}`];

  const values = [
    await run('init', join(folder, 'new')),
    await run('config'),
    await run('check', '--no-lint'),
    await run('build', '--base', `oci:${await makeBase()}`),
    await run('images lint', '--image', 'oci:.optml/image'),
    await run('model pack', folder, '--output', join(folder, 'm.tar.gz')),
    await run('model inspect', join(folder, 'm.tar.gz')),
    await run('doctor', '--no-aws'),
    await run('explain', 'no basic auth credentials'),
    await run('explain', 'USAGE'),
    await run('completion', 'fish'),
    await run('schema', '--request', 'CreateEndpoint'),
    await run('schema', '--output-of', 'train'),
    await run('--version'),
  ];
  const failed = await run('train', ...inputs);
  values.push(
    await run('train', '--root', join(await makeFolder(), 'ml'), ...inputs, ...fixture('container')),
  );

  expect(values.map(({ ok }) => ok)).toEqual(values.map(() => true));
  expect(failed).toMatchObject({
    ok: false,
    error: { code: 'PROJECT_INVALID', hint: 'change what the message names' },
  });
}, 60_000);

test('what is published, planned and repaired is as its schemas say', async () => {
  const ecr = await startFakeEcr();
  onTestFinished(() => ecr.close());
  // The SDK's default chain reads the process's own environment.
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIAFAKE');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'fake');
  onTestFinished(() => void vi.unstubAllEnvs());
  const image = ['--image', `oci:${await makeBase()}`, '--repository', 'iris', '--tag', '1', '--no-lint'];
  const run = async (command: OutputCommand, ...words: string[]) => {
    const environment = { PATH: process.env.PATH, ...ecr.environment };
    const { out } = await runOptml([...command.split(' '), ...words, '--json'], { environment });
    return read(command, out);
  };

  const planned = await run('publish', ...image, '--dry-run');
  const published = await run('publish', ...image);
  const repaired = await run('images repair', '--repository', 'iris', '--tag', '1', '--new-tag', '2');
  const missing = await run('images repair', '--repository', 'iris', '--tag', '3');

  expect([planned.ok, published.ok, repaired.ok, missing.ok]).toEqual([true, true, true, false]);
});

test('dev prints JSON Lines, and its result at the end', async () => {
  const optml = startOptml(['dev', '--port', '0', '--json'], {
    workingDirectory: await makeProjectOf('function'),
  });
  await optml.waitForResult();
  const { event, url } = JSON.parse(optml.printed());

  optml.stop();
  const { out } = await optml.outcome;

  expect(event).toBe('ready');
  expect(read('dev', out)).toMatchObject({ ok: true, data: { url } });
});

test('serve prints JSON Lines, and invoke says what it guessed', async () => {
  const workingDirectory = await makeProjectOf('function');
  const server = startOptml(['serve', '--port', '0', '--json'], { workingDirectory });
  await server.waitForResult();
  const { event, url } = JSON.parse(server.printed());

  const invoked = await runOptml([
    'invoke',
    '--url',
    url,
    '--data',
    '{"instances":[{"height_m":1.8,"weight_kg":80}]}',
    '--json',
  ]);
  const refused = await runOptml([
    'invoke',
    '--url',
    url,
    '--data',
    'x',
    '--content-type',
    'application/pdf',
    '--json',
  ]);
  server.stop();
  const { out, code } = await server.outcome;

  expect(event).toBe('ready');
  expect(read('invoke', invoked.out)).toMatchObject({
    ok: true,
    data: { status: 200, encoding: 'json', sent: { contentType: 'application/json', guessed: true } },
  });
  expect(invoked.err).toContain(
    'sending it as application/json, guessed from the body; --content-type overrides it\n',
  );
  expect(read('invoke', refused.out)).toMatchObject({
    ok: false,
    error: { code: 'INVOCATION_FAILED', status: 415 },
  });
  expect(code).toBe(0);
  expect(read('serve', out)).toMatchObject({ ok: true, data: { url } });
});

test('--quiet leaves errors and results', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'optml-'));
  const project = await makeProjectOf('function');

  const config = await runOptml(['config', '--quiet'], { workingDirectory: project });
  const failed = await runOptml(['config', '--quiet'], { workingDirectory: folder });

  expect(config).toMatchObject({ code: 0, err: '', out: expect.stringContaining('image.name') });
  expect(failed).toMatchObject({ code: 2, out: '', err: expect.stringContaining('is not in a project') });
});

test('a command whose output is not known is told which there are', async () => {
  const { code, err } = await runOptml(['schema', '--output-of', 'pubish']);

  expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining('did you mean "publish"?') });
});
