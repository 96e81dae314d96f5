/** From a changed line to a pushed image: optml against docker build and docker push, to the same registry. */

import type { Benchmark, Figure } from '../benchmark.ts';
import { compareRounds, measureInTurn } from '../measure-in-turn.ts';
import { makeProject, type Project } from '../publishing/make-project.ts';
import { runOptml } from '../publishing/run-optml.ts';
import { type Engine, startEngine } from '../publishing/start-engine.ts';
import { type LocalRegistry, startRegistry } from '../publishing/start-registry.ts';

const rounds = 5;

/** What `optml publish --json` says. */
interface Published {
  readonly bytesSent: number;
}

export const publishChange: Benchmark = {
  title:
    'one changed line of a built project to pushed: optml publish (A), against docker build and docker push (B)',
  async measure() {
    const registry = await startRegistry();

    const project = await makeProject();
    const engine = await startEngine();
    const publish = async (): Promise<Published> => {
      const words = ['publish', '--base', 'docker:base.tar', '--repository', 'iris', '--json'];
      return JSON.parse(await runOptml(words, { folder: project.folder, environment: registry.environment }))
        .data;
    };
    try {
      await engine.docker('load', '--input', project.baseArchive);
      const measured = await measureInTurn(
        () => time(project, publish),
        () => time(project, () => buildAndPush(engine, project, `${registry.host}/docker/iris:latest`)),
        rounds,
      );
      const pickMs = ({ ms }: { readonly ms: number }) => ms;
      const megabytes = Math.max(...measured.map(({ a }) => a.result.bytesSent)) / 1e6;
      return [
        { name: 'edit to pushed', ...compareRounds(measured, pickMs, pickMs), atMost: 0.3 },
        // 1 MiB.
        { name: 'sent for it', megabytes, atMost: 1.048_576 },
        ...(await measureNothing(publish, registry)),
      ];
    } finally {
      await engine.close();
      await project.remove();

      await registry.close();
    }
  },
};

async function time<Result>(project: Project, work: () => Promise<Result>) {
  await project.edit();
  const startedMs = performance.now();
  const result = await work();
  return { result, ms: performance.now() - startedMs };
}

async function buildAndPush(engine: Engine, { folder }: Project, reference: string): Promise<void> {
  await engine.docker('build', '--quiet', '--tag', reference, folder);
  await engine.docker('push', '--quiet', reference);
}

async function measureNothing(
  publish: () => Promise<Published>,
  { countCalls }: LocalRegistry,
): Promise<readonly Figure[]> {
  await publish();
  const before = await countCalls();
  const { bytesSent } = await publish();
  const calls = (await countCalls()) - before;
  return [
    { name: 'nothing changed: sent', megabytes: bytesSent / 1e6, atMost: 0 },
    { name: 'nothing changed: calls to AWS', count: calls, atMost: 5 },
  ];
}
