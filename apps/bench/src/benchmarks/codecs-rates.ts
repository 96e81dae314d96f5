/** Each codec in both directions, against the library that one would take otherwise. */

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Benchmark, Figure } from '../benchmark.ts';
import { compareRounds, measureInTurn } from '../measure-in-turn.ts';
import { installPackages } from '../serving/install-packages.ts';
import { runCodecsProgram } from './codecs-program.ts';

const run = promisify(execFile);
const rounds = 3;
const rows = 20_000;
const columns = 10;

/** Milliseconds of the best of a few runs in one process, and the bytes of the body. */
interface Rates {
  readonly read: number;
  readonly written: number;
  readonly bytes: number;
}

interface Comparison {
  readonly name: string;
  readonly measureA: () => Promise<Rates>;
  readonly measureB: () => Promise<Rates>;
}

const comparisons: readonly Comparison[] = [
  {
    name: 'csv, csv-parse and csv-stringify',
    measureA: () => measureCodec('csvCodec', 'rows'),
    measureB: () => measurePeer(csvPeer),
  },
  {
    name: 'json, JSON.parse and stringify',
    measureA: () => measureCodec('jsonCodec', 'rows'),
    measureB: () => measurePeer(jsonPeer),
  },
  {
    name: 'jsonlines, JSON.parse and stringify',
    measureA: () => measureCodec('jsonLinesCodec', 'rows'),
    measureB: () => measurePeer(jsonLinesPeer),
  },
  {
    name: 'npy, numpy.load and save',
    measureA: () => measureCodec('npyCodec', 'matrix'),
    measureB: () => measurePython('numpy.load(body)', 'numpy.save(body, matrix)'),
  },
  {
    name: 'npz, numpy.load and savez',
    measureA: () => measureCodec('npzCodec', '{ x: matrix }'),
    measureB: () => measurePython("numpy.load(body)['x']", 'numpy.savez(body, x=matrix)'),
  },
  {
    name: 'recordio-protobuf, protobufjs',
    measureA: () => measureCodec('recordIoProtobufCodec', 'records'),
    measureB: () => measurePeer(protobufPeer),
  },
  {
    name: 'libsvm, scikit-learn',
    measureA: () => measureCodec('libsvmCodec', 'sparse'),
    measureB: () =>
      measurePython(
        'load_svmlight_file(body)',
        'dump_svmlight_file(matrix, matrix[:, 0], body)',
        'from sklearn.datasets import dump_svmlight_file, load_svmlight_file',
      ),
  },
];

export const codecsRates: Benchmark = {
  title: `${rows.toLocaleString('en')} x ${columns} numbers in each content type: its codec (A), and the obvious library (B)`,
  async measure() {
    await installPackages('python3-numpy', 'python3-sklearn');
    const figures: Figure[] = [];
    for (const { name, measureA, measureB } of comparisons) {
      const measured = await measureInTurn(measureA, measureB, rounds);
      for (const [what, pick] of [
        ['read', ({ read }: Rates) => read],
        ['written', ({ written }: Rates) => written],
      ] as const) {
        const figure = compareRounds(measured, pick, pick);
        const bytes = measured[0]?.a.bytes ?? 0;
        figures.push({ name: `${name}, ${what}: ${formatRate(bytes, figure.aMs)}`, ...figure });
      }
    }
    return figures;
  },
};

function formatRate(bytes: number, ms: number): string {
  return `${Math.round(bytes / 1e3 / ms)} MB/s`;
}

/** The same numbers each time, of six decimals, as data sets have them. */
const makeValues = `
  let state = 1;
  const draw = () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return Math.round((state / 2 ** 31) * 1e6) / 1e3;
  };
  const rows = Array.from({ length: ${rows} }, () => Array.from({ length: ${columns} }, draw));
  const matrix = { type: 'float64', shape: [${rows}, ${columns}], values: Float64Array.from(rows.flat()) };
  const sparse = rows.map((row) => ({
    label: row[0],
    columns: Uint32Array.from({ length: ${columns} }, (_, index) => index),
    values: Float64Array.from(row),
  }));
  const records = rows.map((row) => ({
    features: { values: { values: Float32Array.from(row) } },
    label: { values: { values: Float32Array.of(row[0]) } },
  }));`;

/** Of a few runs the best: what is measured is the code, not the collector's mood. */
const timeBest = `
  const time = (work) => {
    let best = Infinity;
    for (let turn = 0; turn < 6; turn += 1) {
      const started = performance.now();
      work();
      best = Math.min(best, performance.now() - started);
    }
    return best;
  };`;

async function measureCodec(codec: string, value: string): Promise<Rates> {
  const program = `${makeValues}${timeBest}
    const codec = codecs.${codec};
    const body = codec.encode(${value});
    const options = { maximumRecordBytes: Infinity };
    const read = time(() => codec.decode(body, options));
    const written = time(() => codec.encode(${value}));
    return { read, written, bytes: body.length };`;
  return (await runCodecsProgram(program)) as Rates;
}

interface NodePeer {
  readonly prepare?: string;
  readonly read: string;
  readonly write: string;
}

const csvPeer: NodePeer = {
  prepare: `
    const { createRequire } = await import('node:module');
    const require = createRequire(path);
    const { parse } = require('csv-parse/sync');
    const { stringify } = require('csv-stringify/sync');`,
  read: 'parse(body)',
  write: 'Buffer.from(stringify(rows))',
};
const jsonPeer: NodePeer = {
  read: 'JSON.parse(new TextDecoder().decode(body))',
  write: 'new TextEncoder().encode(JSON.stringify(rows))',
};
const jsonLinesPeer: NodePeer = {
  read: "new TextDecoder().decode(body).trimEnd().split('\\n').map((line) => JSON.parse(line))",
  write: "new TextEncoder().encode(rows.map((row) => JSON.stringify(row) + '\\n').join(''))",
};

/** SageMaker's records, as far as these have any of them, each in its frame: a mark, a length, and bytes up to a multiple of 4. */
const protobufPeer: NodePeer = {
  prepare: `
    const { default: protobuf } = await import(${JSON.stringify(import.meta.resolve('protobufjs'))});
    const Message = protobuf.parse(\`syntax = "proto2"; package aialgs.data;
      message Float32Tensor { repeated float values = 1 [packed = true]; }
      message Value { oneof value { Float32Tensor float32_tensor = 2; } }
      message Record { map<string, Value> features = 1; map<string, Value> label = 2; }\`, { keepCase: true })
      .root.lookupType('aialgs.data.Record');
    const readFrames = (body) => {
      const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
      const messages = [];
      for (let at = 0; at < body.length; ) {
        const length = view.getUint32(at + 4, true);
        messages.push(Message.decode(body.subarray(at + 8, at + 8 + length)));
        at += 8 + length + (-length & 3);
      }
      return messages;
    };
    const writeFrames = (messages) => Buffer.concat(messages.flatMap((message) => {
      const bytes = Message.encode(message).finish();
      const head = Buffer.alloc(8);
      head.writeUInt32LE(0xced7230a, 0);
      head.writeUInt32LE(bytes.length, 4);
      return [head, bytes, Buffer.alloc(-bytes.length & 3)];
    }));
    let messages;
    const toMessage = ({ features, label }) => ({
      features: { values: { float32_tensor: features.values } },
      label: { values: { float32_tensor: label.values } },
    });`,
  read: 'readFrames(body)',
  write: 'writeFrames((messages ??= records.map(toMessage)))',
};

async function measurePeer({ prepare = '', read, write }: NodePeer): Promise<Rates> {
  const program = `${prepare}${makeValues}${timeBest}
    const body = ${write};
    if ((${read}).length !== rows.length) throw new Error('rows were lost');
    const read = time(() => ${read});
    const written = time(() => ${write});
    return { read, written, bytes: body.length };`;
  return (await runCodecsProgram(program)) as Rates;
}

async function measurePython(read: string, write: string, prepare = ''): Promise<Rates> {
  const program = `
import io, json, time, numpy
${prepare}
matrix = numpy.round(numpy.random.default_rng(1).uniform(-1000, 1000, (${rows}, ${columns})), 3)
def best(work):
    times = []
    for turn in range(6):
        started = time.perf_counter()
        work()
        times.append((time.perf_counter() - started) * 1e3)
    return min(times)
def write():
    body = io.BytesIO()
    ${write}
    return body
content = write().getvalue()
def read():
    body = io.BytesIO(content)
    return ${read}
print(json.dumps({'read': best(read), 'written': best(write), 'bytes': len(content)}))`;
  // Debian's packages belong to Debian's Python, whichever comes first in the path.
  const { stdout } = await run('/usr/bin/python3', ['-c', program]);
  return JSON.parse(stdout) as Rates;
}
