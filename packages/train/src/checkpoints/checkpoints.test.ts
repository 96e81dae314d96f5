import {
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  symlink,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Checkpoints, type CheckpointsOptions, createCheckpoints } from './checkpoints.ts';

let directory: string;
let warnings: string[];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'optml-checkpoints-'));
  warnings = [];
});

afterEach(() => rm(directory, { recursive: true }));

function create(options: Partial<CheckpointsOptions> = {}, root = directory): Checkpoints {
  return createCheckpoints(root, {
    synchronized: true,
    hosts: ['algo-1'],
    currentHost: 'algo-1',
    warn: (message) => warnings.push(message),
    ...options,
  });
}

const name = (step: number) => `step-${String(step).padStart(10, '0')}.checkpoint`;
const textOf = async (checkpoint: { read(): Promise<Buffer> } | undefined) =>
  String(await checkpoint?.read());

describe('the latest checkpoint', () => {
  test('is none at first, also when the folder does not exist', async () => {
    const checkpoints = create({}, join(directory, 'later'));

    expect(await checkpoints.latest()).toBeUndefined();
  });

  test('is that of the highest step, however the steps were saved', async () => {
    const checkpoints = create();
    await checkpoints.save(10, 'ten');
    await checkpoints.save(9, 'nine');

    const latest = await checkpoints.latest();

    expect(latest?.step).toBe(10);
    expect(await textOf(latest)).toBe('ten');
  });

  test("is neither one of the uploader's markers nor a half-written file", async () => {
    const checkpoints = create();
    const { path } = await checkpoints.save(1, 'one');
    await writeFile(`${path}.sagemaker-uploaded`, '');
    await writeFile(join(directory, `${name(2)}.sagemaker-ignore`), 'half');

    const latest = await checkpoints.latest();

    expect(latest?.step).toBe(1);
  });

  test.each([
    ['cut in half', (path: string) => truncate(path, 60), 'does not begin with a checkpoint header'],
    ['cut at its end', (path: string) => truncate(path, 110), 'has 110 bytes, but its header says 121'],
    ['empty', (path: string) => truncate(path, 0), 'does not begin with a checkpoint header'],
    [
      'changed',
      async (path: string) => {
        const bytes = await readFile(path);
        bytes[bytes.length - 1] = 0;
        await writeFile(path, bytes);
      },
      'was changed: its SHA-256 differs',
    ],
  ])('is never one that was %s, which is said with its path', async (_what, damage, message) => {
    const checkpoints = create();
    await checkpoints.save(1, 'whole');
    const damaged = await checkpoints.save(2, 'x'.repeat(20));
    await damage(damaged.path);

    const latest = await checkpoints.latest();

    expect(await textOf(latest)).toBe('whole');
    expect(warnings).toEqual([expect.stringContaining(message)]);
    expect(warnings[0]).toContain(damaged.path);
    await expect(damaged.read()).rejects.toMatchObject({ code: 'CHECKPOINT_DAMAGED' });
  });

  test('of another host is found in its folder', async () => {
    const hosts = ['algo-1', 'algo-2'];
    const leader = create({ hosts });
    const other = create({ hosts, currentHost: 'algo-2' });
    await leader.save(3, 'of the leader');

    expect(leader.directory).toBe(join(directory, 'algo-1'));
    expect(await other.latest()).toBeUndefined();
    expect(await textOf(await other.ofHost('algo-1').latest())).toBe('of the leader');
  });
});

describe('saving', () => {
  test('gives back the same bytes, whatever they are', async () => {
    const checkpoints = create();

    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (state) => {
        await checkpoints.save(1, state);

        expect(new Uint8Array((await (await checkpoints.latest())?.read()) ?? [])).toEqual(state);
      }),
      { numRuns: 30 },
    );
  });

  test('leaves nothing temporary behind', async () => {
    await create().save(3, new Uint8Array([1, 2, 3]));

    expect(await readdir(directory)).toEqual([name(3)]);
  });

  test('of the same step twice at once ends with the second, whole', async () => {
    const checkpoints = create();

    await Promise.all([
      checkpoints.save(1, 'a'.repeat(5_000_000)),
      checkpoints.save(1, 'b'.repeat(3_000_000)),
    ]);

    expect(await textOf(await checkpoints.latest())).toBe('b'.repeat(3_000_000));
  });

  test('on a full disk says so, and loses nothing that was saved', async () => {
    const checkpoints = create();
    await checkpoints.save(1, 'one');
    await symlink('/dev/full', join(directory, `${name(2)}.sagemaker-ignore`));

    await expect(checkpoints.save(2, 'two')).rejects.toMatchObject({
      code: 'DISK_FULL',
      message: expect.stringContaining(
        `cannot save checkpoint ${join(directory, name(2))}: no space left on the disk`,
      ),
    });

    expect(await textOf(await checkpoints.latest())).toBe('one');
    expect(await readdir(directory)).toEqual([name(1)]);
    expect(await textOf(await checkpoints.save(2, 'two'))).toBe('two');
  });

  test.each([-1, 1.5, Number.NaN])('a step of %d is refused', async (step) => {
    await expect(create().save(step, '')).rejects.toThrow(`cannot save a checkpoint of step ${step}`);
  });

  test.each([0, 1.5])('keeping %d is refused', async (keep) => {
    await expect(create().save(1, '', { keep })).rejects.toThrow(`cannot keep ${keep} checkpoints`);
  });
});

describe('keeping some', () => {
  test('deletes the oldest with their markers', async () => {
    const checkpoints = create();
    for (const step of [1, 2, 3]) await checkpoints.save(step, 'x', { keep: 2 });
    await writeFile(join(directory, `${name(2)}.sagemaker-uploading`), '');
    await writeFile(join(directory, `${name(2)}.sagemaker-uploaded`), '');

    await checkpoints.save(4, 'x', { keep: 2 });

    expect((await readdir(directory)).sort()).toEqual([name(3), name(4)]);
  });

  test('never deletes one that is being uploaded', async () => {
    const checkpoints = create();
    await checkpoints.save(1, 'x');
    await writeFile(join(directory, `${name(1)}.sagemaker-uploading`), '');

    await checkpoints.save(2, 'x', { keep: 1 });

    expect(await readdir(directory)).toContain(name(1));
  });

  test('never counts a step above the one just saved, which may be damaged', async () => {
    const checkpoints = create();
    for (const step of [1, 2, 9]) await checkpoints.save(step, 'x');
    await truncate(join(directory, name(9)), 3);

    await checkpoints.save(3, 'x', { keep: 2 });

    expect((await readdir(directory)).sort()).toEqual([name(2), name(3), name(9)]);
  });
});

describe('saving finally', () => {
  test('resolves as soon as the platform has uploaded the file', async () => {
    const checkpoints = create();
    const path = join(directory, name(5));
    const saved = checkpoints.saveFinally(5, 'last', { remainingMs: () => 60_000 });
    while (!(await readdir(directory)).includes(name(5))) await new Promise(setImmediate);
    await writeFile(`${path}.sagemaker-uploaded`, '');

    expect(await saved).toMatchObject({ step: 5, path, isUploaded: true });
  });

  test('does not take the marker of an earlier save for its own', async () => {
    const checkpoints = create();
    const marker = join(directory, `${name(5)}.sagemaker-uploaded`);
    await writeFile(marker, '');
    await utimes(marker, 1, 1);
    let calls = 0;

    const saved = await checkpoints.saveFinally(5, 'last', { remainingMs: () => (calls++ < 2 ? 1_010 : 0) });

    expect(saved.isUploaded).toBe(false);
  });

  test('gives up while there is still time to end', async () => {
    const saved = await create().saveFinally(5, 'last', { remainingMs: () => 1_000 });

    expect(saved.isUploaded).toBe(false);
    expect(await textOf(saved)).toBe('last');
  });

  test('waits for nothing when nothing is uploaded', async () => {
    const checkpoints = create({ synchronized: false });
    await mkdir(directory, { recursive: true });

    const saved = await checkpoints.saveFinally(5, 'last', {
      remainingMs: () => {
        throw new Error('waited');
      },
    });

    expect(saved.isUploaded).toBe(false);
  });
});
