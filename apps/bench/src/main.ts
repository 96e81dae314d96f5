/** `node apps/bench/dist/main.js NAME` runs one benchmark and prints its figures; without a name it lists them. */

import process from 'node:process';
import type { Benchmark } from './benchmark.ts';
import { channelMemory } from './benchmarks/channel-memory.ts';
import { codecsMemory } from './benchmarks/codecs-memory.ts';
import { codecsNumericCsv } from './benchmarks/codecs-numeric-csv.ts';
import { codecsRates } from './benchmarks/codecs-rates.ts';
import { codecsRecordIo } from './benchmarks/codecs-record-io.ts';
import { imageBuild } from './benchmarks/image-build.ts';
import { passOutput } from './benchmarks/pass-output.ts';
import { pipeChannel } from './benchmarks/pipe-channel.ts';
import { publishChange } from './benchmarks/publish-change.ts';
import { publishSource } from './benchmarks/publish-source.ts';
import { publishUpload } from './benchmarks/publish-upload.ts';
import { servingBatching } from './benchmarks/serving-batching.ts';
import { servingCrashes, servingNativeCrashes } from './benchmarks/serving-crashes.ts';
import { servingJson } from './benchmarks/serving-json.ts';
import { servingModels } from './benchmarks/serving-models.ts';
import { servingObservability } from './benchmarks/serving-observability.ts';
import { servingFastapi, servingPeer } from './benchmarks/serving-peer.ts';
import { servingProcesses } from './benchmarks/serving-processes.ts';
import { servingRows } from './benchmarks/serving-rows.ts';
import { servingStream } from './benchmarks/serving-stream.ts';
import { servingThreads } from './benchmarks/serving-threads.ts';
import { servingTransform } from './benchmarks/serving-transform.ts';
import { startServing } from './benchmarks/start-serving.ts';
import { startTraining } from './benchmarks/start-training.ts';
import { formatFigure } from './format-figure.ts';

const benchmarks: Readonly<Record<string, Benchmark>> = {
  'start-training': startTraining,
  'start-serving': startServing,
  'pass-output': passOutput,
  'pipe-channel': pipeChannel,
  'channel-memory': channelMemory,
  'image-build': imageBuild,
  'codecs-record-io': codecsRecordIo,
  'codecs-numeric-csv': codecsNumericCsv,
  'codecs-memory': codecsMemory,
  'codecs-rates': codecsRates,
  'publish-change': publishChange,
  'publish-source': publishSource,
  'publish-upload': publishUpload,
  'serving-threads': servingThreads,
  'serving-processes': servingProcesses,
  'serving-batching': servingBatching,
  'serving-peer': servingPeer,
  'serving-fastapi': servingFastapi,
  'serving-crashes': servingCrashes,
  'serving-native-crashes': servingNativeCrashes,
  'serving-observability': servingObservability,
  'serving-models': servingModels,
  'serving-rows': servingRows,
  'serving-json': servingJson,
  'serving-stream': servingStream,
  'serving-transform': servingTransform,
};

const [name, ...others] = process.argv.slice(2);
process.exitCode = await run(name);

/** A missed figure is printed, and is no failure: the time of a build machine says nothing. */
async function run(chosen: string | undefined): Promise<number> {
  if (chosen === undefined) {
    for (const [known, { title }] of Object.entries(benchmarks)) print(`${known.padEnd(24)}${title}`);
    return 0;
  }
  const benchmark = Object.hasOwn(benchmarks, chosen) ? benchmarks[chosen] : undefined;
  if (benchmark === undefined || others.length > 0) {
    process.stderr.write(
      `expected one name of ${Object.keys(benchmarks).join(', ')}: got ${JSON.stringify([chosen, ...others])}\n`,
    );
    return 2;
  }
  print(benchmark.title);
  for (const figure of await benchmark.measure()) print(formatFigure(figure));
  return 0;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
