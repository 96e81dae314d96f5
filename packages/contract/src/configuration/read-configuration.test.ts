import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ContractError } from '../errors.ts';
import { resolvePaths } from '../platform/paths.ts';
import { readConfigFile, readTrainingConfiguration } from './read-configuration.ts';

let root: string;
let config: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'optml-contract-'));
  config = join(root, 'input/config');
  await mkdir(config, { recursive: true });
});

afterEach(() => rm(root, { recursive: true }));

const write = (fileName: string, content: unknown) =>
  writeFile(
    join(config, fileName),
    typeof content === 'string' || Buffer.isBuffer(content) ? content : JSON.stringify(content),
  );

const oneHost = { current_host: 'algo-1', hosts: ['algo-1'], network_interface_name: 'eth0' };

async function writeRequired() {
  await write('hyperparameters.json', { max_depth: '5' });
  await write('inputdataconfig.json', { training: { TrainingInputMode: 'File' } });
  await write('resourceconfig.json', oneHost);
}

const failure = (work: Promise<unknown>): Promise<ContractError> =>
  work.then(
    () => expect.unreachable(),
    (error: unknown) => error as ContractError,
  );

describe('resourceconfig.json', () => {
  test.each([
    ['of 2020', oneHost],
    [
      'with one instance group and a null topology',
      {
        ...oneHost,
        current_instance_type: 'ml.c5.xlarge',
        current_group_name: 'homogeneousCluster',
        instance_groups: [
          { instance_group_name: 'homogeneousCluster', instance_type: 'ml.c5.xlarge', hosts: ['algo-1'] },
        ],
        topology: null,
      },
    ],
    [
      'of a heterogeneous cluster with a topology',
      {
        current_host: 'algo-1',
        current_instance_type: 'ml.p3dn.24xlarge',
        current_group_name: 'instance_group_2',
        hosts: ['algo-1', 'algo-2', 'algo-3'],
        instance_groups: [
          { instance_group_name: 'instance_group_1', instance_type: 'ml.c5.18xlarge', hosts: ['algo-2'] },
          {
            instance_group_name: 'instance_group_2',
            instance_type: 'ml.p3dn.24xlarge',
            hosts: ['algo-3', 'algo-1'],
          },
        ],
        network_interface_name: 'eth0',
        topology: [{ hostName: 'algo-1', capacityUnitId: 3 }],
      },
    ],
  ])('is read as it is %s', async (_generation, content) => {
    await write('resourceconfig.json', content);

    const result = await readConfigFile(resolvePaths(root), 'resourceConfig');

    expect(result).toEqual(content);
  });

  test('names the hosts when the current one is not among them', async () => {
    await write('resourceconfig.json', { ...oneHost, current_host: 'algo-9', hosts: ['algo-1', 'algo-2'] });

    const error = await failure(readConfigFile(resolvePaths(root), 'resourceConfig'));

    expect(error.message).toBe(
      `${config}/resourceconfig.json: current_host is "algo-9": expected one of the hosts: algo-1, algo-2`,
    );
  });
});

describe('hyperparameters.json', () => {
  test('keeps strings in both encodings untouched and writes bare values as JSON text', async () => {
    await write('hyperparameters.json', { a: '"gini"', b: 'gini', c: 5, d: true, e: [1, 'x'] });

    const result = await readConfigFile(resolvePaths(root), 'hyperparameters');

    expect(result).toEqual({ a: '"gini"', b: 'gini', c: '5', d: 'true', e: '[1,"x"]' });
  });

  test.each([
    '2.0',
    '1e-5',
    '12345678901234567890',
    '31e4567',
    '-0.10',
    '[1.10, {"a": 1E3}]',
    '{"a":{"b":9007199254740993}}',
  ])('keeps the digits of the bare value %s', async (value) => {
    await write('hyperparameters.json', `{"a": ${value}}`);

    const result = await readConfigFile(resolvePaths(root), 'hyperparameters');

    expect(result).toEqual({ a: value.replaceAll(' ', '') });
  });

  test('leaves out __proto__, which is not a name, and is changed by nothing in it', async () => {
    await write('hyperparameters.json', '{"__proto__":{"polluted":"yes"},"a":"1"}');

    const result = await readConfigFile(resolvePaths(root), 'hyperparameters');

    expect(Object.entries(result)).toEqual([['a', '1']]);
    expect('polluted' in result).toBe(false);
  });

  test('gives back every object of strings', async () => {
    const name = fc.string().filter((text) => text !== '__proto__');
    await fc.assert(
      fc.asyncProperty(fc.dictionary(name, fc.string()), async (values) => {
        await write('hyperparameters.json', values);

        const result = await readConfigFile(resolvePaths(root), 'hyperparameters');

        expect(result).toEqual(JSON.parse(JSON.stringify(values)));
      }),
    );
  });
});

describe('inputdataconfig.json', () => {
  test('reads the input mode without regard to case and passes unknown keys through', async () => {
    await write('inputdataconfig.json', { data: { TrainingInputMode: 'fastfile', Novelty: 1 }, other: {} });

    const result = await readConfigFile(resolvePaths(root), 'inputDataConfig');

    expect(result).toEqual({
      data: { TrainingInputMode: 'FastFile', Novelty: 1 },
      other: { TrainingInputMode: 'File' },
    });
  });

  test('names the channel and the wrong input mode', async () => {
    await write('inputdataconfig.json', { data: { TrainingInputMode: 'Tape' } });

    const error = await failure(readConfigFile(resolvePaths(root), 'inputDataConfig'));

    expect(error).toMatchObject({
      code: 'CONFIG_INVALID',
      problems: [{ path: 'data.TrainingInputMode', value: 'Tape' }],
    });
    expect(error.message).toContain('is "Tape": expected "File", "FastFile" or "Pipe"');
  });
});

describe('resourceconfig.json', () => {
  test('refuses a host that is named twice, for which the others would wait in vain', async () => {
    await write('resourceconfig.json', { current_host: 'algo-1', hosts: ['algo-1', 'algo-1'] });

    const error = await failure(readConfigFile(resolvePaths(root), 'resourceConfig'));

    expect(error.message).toContain('hosts is ["algo-1","algo-1"]: expected each host only once');
  });
});

describe('readTrainingConfiguration', () => {
  test('leaves absent optional files out', async () => {
    await writeRequired();

    const result = await readTrainingConfiguration(resolvePaths(root));

    expect(Object.keys(result).sort()).toEqual([
      'hyperparameters',
      'inputDataConfig',
      'resourceConfig',
      'warnings',
    ]);
    expect(result.warnings).toEqual([]);
  });

  test('reads the optional files that are there', async () => {
    await writeRequired();
    await write('checkpointconfig.json', { LocalPath: '/state' });
    await write('init-config.json', { inputMode: 'FILE', jobRunInfo: { jobRunNumber: 2 } });
    await write('metric-definition-regex.json', []);

    const result = await readTrainingConfiguration(resolvePaths(root));

    expect(result).toMatchObject({
      checkpointConfig: { LocalPath: '/state' },
      initConfig: { jobRunInfo: { jobRunNumber: 2 } },
      metricDefinitions: [],
    });
  });

  test('warns of a damaged optional file instead of failing', async () => {
    await writeRequired();
    await write('profilerconfig.json', '{"S3OutputPath":');

    const result = await readTrainingConfiguration(resolvePaths(root));

    expect(result.profilerConfig).toBeUndefined();
    expect(result.warnings).toMatchObject([
      { code: 'CONFIG_MALFORMED', file: join(config, 'profilerconfig.json') },
    ]);
  });

  test('reports the problems of all files at once', async () => {
    await write('hyperparameters.json', { a: null });
    await write('resourceconfig.json', { current_host: 7, hosts: [] });

    const error = await failure(readTrainingConfiguration(resolvePaths(root)));

    expect(error.code).toBe('CONFIG_INVALID');
    expect(error.message.split('\n')).toEqual([
      '4 problems with what the platform provides:',
      `- ${config}/hyperparameters.json: a is null: expected a string`,
      `- ${config}/inputdataconfig.json is missing: the platform always writes it; a tree made by hand needs it too`,
      `- ${config}/resourceconfig.json: current_host is 7: expected string`,
      `- ${config}/resourceconfig.json: hosts is []: expected at least one host`,
    ]);
  });
});

describe('a file that cannot be used', () => {
  test.each([
    ['empty', '', 'CONFIG_MALFORMED', 'is empty: expected JSON, at least {}'],
    ['blank', ' \n', 'CONFIG_MALFORMED', 'is empty: expected JSON, at least {}'],
    ['not JSON', '{"a": }', 'CONFIG_MALFORMED', 'is not JSON: '],
    [
      'in another encoding',
      Buffer.from('{"name":"Zo\xeb"}', 'latin1'),
      'CONFIG_MALFORMED',
      'is not UTF-8: save it',
    ],
    ['JSON of another kind', '[]', 'CONFIG_INVALID', 'is []: expected record'],
  ])('is refused when it is %s', async (_kind, content, code, message) => {
    await write('hyperparameters.json', content);

    const error = await failure(readConfigFile(resolvePaths(root), 'hyperparameters'));

    expect(error.code).toBe(code);
    expect(error.message).toContain(`hyperparameters.json ${message}`);
  });

  test('is accepted with a byte order mark', async () => {
    await write('hyperparameters.json', '\uFEFF{"a":"1"}');

    const result = await readConfigFile(resolvePaths(root), 'hyperparameters');

    expect(result).toEqual({ a: '1' });
  });

  test('is named as a folder when it is one', async () => {
    await mkdir(join(config, 'hyperparameters.json'));

    const error = await failure(readConfigFile(resolvePaths(root), 'hyperparameters'));

    expect(error.code).toBe('CONFIG_UNREADABLE');
    expect(error.message).toContain('is a folder: expected a JSON file');
  });

  test('is told apart from one whose name has the wrong case', async () => {
    await write('resourceConfig.json', oneHost);

    const error = await failure(readConfigFile(resolvePaths(root), 'resourceConfig'));

    expect(error.code).toBe('CONFIG_MISSING');
    expect(error.message).toContain('resourceConfig.json has the wrong case, rename it');
  });

  test('is blamed on the root when there is no config folder at all', async () => {
    const error = await failure(readConfigFile(resolvePaths(join(root, 'elsewhere')), 'resourceConfig'));

    expect(error.message).toContain(`is ${join(root, 'elsewhere')} the right root?`);
  });

  test('is reported with its reason when the name is unusable', async () => {
    await chmod(config, 0o755);
    await writeFile(join(root, 'plain'), '');

    const error = await failure(
      readConfigFile(
        { ...resolvePaths(root), inputConfig: `${config}/${'x'.repeat(300)}` },
        'resourceConfig',
      ),
    );

    expect(error).toMatchObject({ code: 'CONFIG_UNREADABLE', cause: { code: 'ENAMETOOLONG' } });
  });
});
