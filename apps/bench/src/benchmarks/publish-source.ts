/** From a changed line of source to a pushed image: both sides bundle, each in the way that this repository documents. */

import type { Benchmark } from '../benchmark.ts';
import { compareRounds, measureInTurn } from '../measure-in-turn.ts';
import { makeWorkspace, type Workspace } from '../publishing/make-workspace.ts';
import { runOptml } from '../publishing/run-optml.ts';
import { type Engine, startEngine } from '../publishing/start-engine.ts';
import { startRegistry } from '../publishing/start-registry.ts';

const rounds = 5;

export const publishSource: Benchmark = {
  title:
    "one changed line of the reference container's source to pushed: its build script and optml publish (A), against docker build by its Dockerfile and docker push (B)",
  async measure() {
    const registry = await startRegistry();

    const engine = await startEngine();
    const workspace = await makeWorkspace(engine);
    try {
      const measured = await measureInTurn(
        () => time(workspace, () => buildAndPublish(workspace, registry.environment)),
        () => time(workspace, () => buildAndPush(engine, workspace, registry.host)),
        rounds,
      );
      const pickMs = ({ ms }: { readonly ms: number }) => ms;
      const megabytes = Math.max(...measured.map(({ a }) => a.result)) / 1e6;
      return [
        { name: 'source line to pushed', ...compareRounds(measured, pickMs, pickMs), atMost: 0.2 },
        // 1 MiB.
        { name: 'sent for it', megabytes, atMost: 1.048_576 },
      ];
    } finally {
      await engine.close();
      await workspace.remove();

      await registry.close();
    }
  },
};

async function time<Result>(workspace: Workspace, work: () => Promise<Result>) {
  await workspace.edit();
  const startedMs = performance.now();
  const result = await work();
  return { result, ms: performance.now() - startedMs };
}

/** Resolves to the bytes that were sent. */
async function buildAndPublish(
  { build, container, baseArchive }: Workspace,
  environment: Readonly<Record<string, string>>,
): Promise<number> {
  await build();
  const words = ['publish', '--base', `docker:${baseArchive}`, '--repository', 'iris', '--json'];
  return JSON.parse(await runOptml(words, { folder: container, environment })).data.bytesSent;
}

/** Layers of earlier builds are kept: what does not depend on the sources is not made again. */
async function buildAndPush(
  engine: Engine,
  { folder, baseName, dockerfile }: Workspace,
  host: string,
): Promise<void> {
  const tag = `${host}/docker/iris:latest`;
  const words = ['--network', 'host', '--file', dockerfile, '--build-arg', `BASE_IMAGE=${baseName}`];
  await engine.docker('build', '--quiet', ...words, '--tag', tag, folder);
  await engine.docker('push', '--quiet', tag);
}
