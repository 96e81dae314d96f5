import { expect, test } from 'vitest';
import { readHostingEnvironment, readTrainingEnvironment } from './environment.ts';

test('an empty environment gives the platform defaults', () => {
  expect(readTrainingEnvironment({})).toMatchObject({ root: '/opt/ml', logLevel: 20, jobName: undefined });
  expect(readHostingEnvironment({})).toMatchObject({
    root: '/opt/ml',
    port: 8080,
    hosting: 'real-time',
    multiModel: false,
  });
});

test('an empty variable counts as unset', () => {
  const result = readHostingEnvironment({ SAGEMAKER_BIND_TO_PORT: '', SAGEMAKER_BASE_DIR: '' });

  expect(result).toMatchObject({ root: '/opt/ml', port: 8080 });
});

test('the hosting variables of a batch transform job are read without regard to case', () => {
  const result = readHostingEnvironment({
    SAGEMAKER_BATCH: 'True',
    SAGEMAKER_BATCH_STRATEGY: 'MULTI_RECORD',
    SAGEMAKER_MAX_PAYLOAD_IN_MB: '0',
    SAGEMAKER_MAX_CONCURRENT_TRANSFORMS: '8',
    SAGEMAKER_SAFE_PORT_RANGE: '23000-23999',
    SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT: 'text/csv',
  });

  expect(result).toMatchObject({
    hosting: 'batch transform',
    batchStrategy: 'MULTI_RECORD',
    maxPayloadMiB: 0,
    maxConcurrentTransforms: 8,
    defaultAccept: 'text/csv',
  });
});

test.each([
  ['SINGLE_RECORD', 'SINGLE_RECORD'],
  ['MultiRecord', 'MULTI_RECORD'],
])('the batch strategy %s is %s', (SAGEMAKER_BATCH_STRATEGY, batchStrategy) => {
  expect(readHostingEnvironment({ SAGEMAKER_BATCH_STRATEGY }).batchStrategy).toBe(batchStrategy);
});

test.each(['csv', 'text/csv; charset=utf-8', 'application/vnd.example+json'])(
  'the default type %s is one that there may be',
  (SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT) => {
    const { defaultAccept } = readHostingEnvironment({ SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT });

    expect(defaultAccept).toBe(SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT);
  },
);

test('white space around a value does not count, and one of nothing else is unset', () => {
  const { defaultAccept, port, multiModel } = readHostingEnvironment({
    SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT: ' text/csv\r',
    SAGEMAKER_BIND_TO_PORT: '9000\n',
    SAGEMAKER_MULTI_MODEL: '  ',
  });

  expect({ defaultAccept, port, multiModel }).toEqual({
    defaultAccept: 'text/csv',
    port: 9000,
    multiModel: false,
  });
});

test.each(['text/csv, application/json', '*/*', 'text/*', 'text/csv/x', 'text /csv', ';'])(
  'the default type %j is refused',
  (SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT) => {
    expect(() => readHostingEnvironment({ SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT })).toThrow(
      `SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT is "${SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT}": expected one media type`,
    );
  },
);

test('variables that change nothing without another are named', () => {
  const details = {
    OPTML_EMF_NAMESPACE: 'Shop',
    OPTML_ACCESS_LOG_PINGS: 'true',
    OPTML_EMF_DIMENSIONS: '',
    OPTML_OPEN_INFERENCE_VERSION: '2',
  };
  const needed = { OPTML_EMF: '1', OPTML_ACCESS_LOG: '1', OPTML_OPEN_INFERENCE_MODEL: 'iris' };

  expect(readHostingEnvironment({ ...details, OPTML_EMF: 'false' }).idle).toEqual([
    { variable: 'OPTML_EMF_NAMESPACE', needs: 'OPTML_EMF=true' },
    { variable: 'OPTML_ACCESS_LOG_PINGS', needs: 'OPTML_ACCESS_LOG=true' },
    { variable: 'OPTML_OPEN_INFERENCE_VERSION', needs: 'OPTML_OPEN_INFERENCE_MODEL' },
  ]);
  expect(readHostingEnvironment({ ...details, ...needed }).idle).toEqual([]);
  expect(readHostingEnvironment({ ...needed, SAGEMAKER_MULTI_MODEL: 'true' }).idle).toEqual([
    { variable: 'OPTML_OPEN_INFERENCE_MODEL', needs: 'SAGEMAKER_MULTI_MODEL=false' },
  ]);
});

test('variables of the servers of Python containers are named with those in their place', () => {
  const old = {
    MODEL_SERVER_WORKERS: '2',
    TS_MAX_REQUEST_SIZE: '1',
    GUNICORN_CMD_ARGS: '',
    SM_NUM_CPUS: '2',
  };

  expect(readHostingEnvironment(old).idle).toEqual([
    { variable: 'MODEL_SERVER_WORKERS', needs: 'SAGEMAKER_MODEL_SERVER_WORKERS' },
    { variable: 'TS_MAX_REQUEST_SIZE', needs: 'MAX_CONTENT_LENGTH' },
  ]);
});

test.each(['9-3', '0-5', '23000-70000', '23000', '23000-', 'a-b', '23000-23999-24000'])(
  'the range of ports %j is refused',
  (SAGEMAKER_SAFE_PORT_RANGE) => {
    expect(() => readHostingEnvironment({ SAGEMAKER_SAFE_PORT_RANGE })).toThrow(
      `SAGEMAKER_SAFE_PORT_RANGE is "${SAGEMAKER_SAFE_PORT_RANGE}": expected a range of ports`,
    );
  },
);

test('the limits that an operator sets are read', () => {
  const result = readHostingEnvironment({
    SAGEMAKER_MODEL_SERVER_WORKERS: '3',
    SAGEMAKER_MODEL_SERVER_TIMEOUT: '900',
    OPTML_STREAM_TIMEOUT_SECONDS: '60',
    OPTML_CONNECTION_TIMEOUT_SECONDS: '600',
    OPTML_WORKER_CONNECTIONS: '8',
    MAX_CONTENT_LENGTH: '1073741824',
  });

  expect(result).toMatchObject({
    workers: 3,
    timeoutSeconds: 900,
    streamTimeoutSeconds: 60,
    connectionTimeoutSeconds: 600,
    workerConnections: 8,
    maxContentBytes: 1024 ** 3,
  });
});

test.each([
  ['debug', 10],
  ['WARNING', 30],
  ['35', 35],
])('the log level %s is read on the scale of Python as %i', (value, level) => {
  expect(readTrainingEnvironment({ SAGEMAKER_CONTAINER_LOG_LEVEL: value }).logLevel).toBe(level);
});

test('the region of the platform wins over that of the toolkit', () => {
  const result = readTrainingEnvironment({ AWS_REGION: 'eu-west-1', SAGEMAKER_REGION: 'us-east-1' });

  expect(result.region).toBe('eu-west-1');
});

test('every wrong variable is reported at once with its value', () => {
  const read = () =>
    readHostingEnvironment({
      SAGEMAKER_BIND_TO_PORT: '80a',
      SAGEMAKER_BATCH: 'perhaps',
      SAGEMAKER_SAFE_PORT_RANGE: '9-3',
      SAGEMAKER_CONTAINER_LOG_LEVEL: 'loud',
      SAGEMAKER_BATCH_STRATEGY: 'ALL_RECORDS',
      OPTML_ISOLATION: 'thread',
      OPTML_LOG_FORMAT: 'xml',
      MAX_CONTENT_LENGTH: '9007199254740993',
    });

  expect(read).toThrow(expect.objectContaining({ code: 'ENVIRONMENT_INVALID' }));
  expect(read).toThrow('SAGEMAKER_BIND_TO_PORT is "80a": expected a port from 0 to 65535');
  expect(read).toThrow('SAGEMAKER_BATCH is "perhaps": expected true or false');
  expect(read).toThrow(
    'SAGEMAKER_SAFE_PORT_RANGE is "9-3": expected a range of ports, for example 23000-23999',
  );
  expect(read).toThrow('SAGEMAKER_BATCH_STRATEGY is "ALL_RECORDS": expected SINGLE_RECORD or MULTI_RECORD');
  expect(read).toThrow('OPTML_ISOLATION is "thread": expected one of worker, process, inline');
  expect(read).toThrow('SAGEMAKER_CONTAINER_LOG_LEVEL is "loud": expected one of debug, info');
  expect(read).toThrow('OPTML_LOG_FORMAT is "xml": expected one of text, json');
  expect(read).toThrow(
    'MAX_CONTENT_LENGTH is "9007199254740993": expected a number of bytes, for example 26214400',
  );
});

test('a container measures, and does all else that an operator can see only when it is told to', () => {
  expect(readHostingEnvironment({})).toMatchObject({
    metrics: true,
    embeddedMetrics: undefined,
    accessLog: undefined,
    playground: false,
    isolation: 'worker',
  });
});

test('the variables of an operator are read together', () => {
  const result = readHostingEnvironment({
    OPTML_METRICS: 'false',
    OPTML_EMF: 'true',
    OPTML_EMF_NAMESPACE: 'Shop',
    OPTML_EMF_DIMENSIONS: 'Service=iris, Stage=a=b',
    OPTML_EMF_INTERVAL_SECONDS: '10',
    OPTML_ACCESS_LOG: '1',
    OPTML_ACCESS_LOG_PINGS: 'True',
    OPTML_PLAYGROUND: 'true',
  });

  expect(result).toMatchObject({
    metrics: false,
    embeddedMetrics: {
      namespace: 'Shop',
      dimensions: { Service: 'iris', Stage: 'a=b' },
      intervalMs: 10_000,
    },
    accessLog: { pings: true },
    playground: true,
  });
});

test.each([
  'Service',
  'Service=',
  '=iris',
  'a=1,a=2',
  'a=1,',
  'Duration=1',
  'Stage=prod,Duration=1',
  ':a=1',
  Array.from({ length: 30 }, (_, n) => `n${n}=1`).join(),
])('the dimensions %j are refused', (OPTML_EMF_DIMENSIONS) => {
  expect(() => readHostingEnvironment({ OPTML_EMF_DIMENSIONS }, (name) => name === 'Duration')).toThrow(
    `OPTML_EMF_DIMENSIONS is ${JSON.stringify(OPTML_EMF_DIMENSIONS).slice(0, 20)}`.replace(/"$/, ''),
  );
});
