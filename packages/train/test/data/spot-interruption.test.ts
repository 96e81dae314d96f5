/** A spot interruption as the platform plays it: the host disappears, and a new one gets the checkpoints alone. */

import { cp, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Story, train } from '../train-story.ts';

const rows = Array.from({ length: 400 }, (_, index) => {
  const x = (index % 37) / 37;
  return `${x},${3 * x + 2 + ((index * 7919) % 13) / 50}`;
});

/** The tree of a job whose checkpoints are elsewhere than by default. */
function job(checkpoints: string, story: Story): Story {
  return {
    inputDataConfig: { training: { TrainingInputMode: 'File' } },
    files: { 'training/rows.csv': rows.join('\n') },
    hyperparameters: { epochs: '4' },
    ...story,
    async prepare(root) {
      await writeFile(
        join(root, 'input/config/checkpointconfig.json'),
        JSON.stringify({ LocalPath: join(root, checkpoints) }),
      );
      await story.prepare?.(root);
    },
  };
}

test('a run that is killed in mid-epoch and resumed from its checkpoints ends as one that never was', async () => {
  const uninterrupted = await train('learns.ts', job('state', {}));
  let isKilled = false;

  const killed = await train(
    'learns.ts',
    job('state', {
      hyperparameters: { epochs: '4', pause: 'true' },
      onOutput(text) {
        const [, pid] = /is in the middle of an epoch pid=(\d+)\n/.exec(text) ?? [];
        if (pid === undefined || isKilled) return;
        isKilled = true;
        process.kill(Number(pid), 'SIGKILL');
      },
    }),
  );
  // What S3 holds: the checkpoints. Model and output of the lost host are gone with it.
  const found = (await readdir(join(killed.tree.root, 'state'))).sort();
  const resumed = await train(
    'learns.ts',
    job('elsewhere/checkpoints', {
      async prepare(root) {
        await mkdir(join(root, 'elsewhere'));
        await cp(join(killed.tree.root, 'state'), join(root, 'elsewhere/checkpoints'), { recursive: true });
        const newest = found.at(-1) as string;
        // The upload of the newest had been cut short, and the platform restores its own markers too.
        await writeFile(join(root, 'elsewhere/checkpoints', newest), 'optml checkpoint 1 cut');
        for (const name of found)
          await writeFile(join(root, 'elsewhere/checkpoints', `${name}.sagemaker-uploaded`), '');
        await rm(join(root, 'model'), { recursive: true });
        await mkdir(join(root, 'model'));
      },
    }),
  );

  expect(killed.result).toMatchObject({ exitCode: 137, code: 'TRAINING_KILLED' });
  expect(found).toHaveLength(3);
  expect(await readdir(join(killed.tree.root, 'model'))).toEqual([]);
  expect(resumed.result).toEqual({ exitCode: 0 });
  expect(resumed.stdout).toContain('begins epoch=1 row=100\n');
  expect(resumed.stdout).toMatch(/WARN {2}checkpoint .* resume from another one/);
  expect(JSON.parse(await resumed.tree.model('line.json'))).toEqual(
    JSON.parse(await uninterrupted.tree.model('line.json')),
  );
});

test.each([
  ['without a CheckpointConfig is warned of', undefined, true],
  ['with one is not', { LocalPath: '/somewhere' }, false],
])('spot training %s', async (_what, checkpointConfig, warned) => {
  const { stdout } = await train('waits-for-stop.ts', {
    stopAtOutput: 'waiting for a stop',
    async prepare(root) {
      const config = join(root, 'input/config');
      await writeFile(join(config, 'trainingjobconfig.json'), '{"EnableManagedSpotTraining":true}');
      if (checkpointConfig === undefined) return;
      await writeFile(join(config, 'checkpointconfig.json'), JSON.stringify(checkpointConfig));
    },
  });

  expect(stdout.includes('WARN  spot training without a CheckpointConfig')).toBe(warned);
});
