import { expect, test } from 'vitest';
import { describeLimits } from './describe-limits.ts';

const problemsOf = (environment: Readonly<Record<string, string>>) =>
  Object.fromEntries(describeLimits(environment).map(({ mode, problems }) => [mode, problems]));

test('a container that nobody tells how it is hosted fits every mode but the asynchronous one', () => {
  expect(problemsOf({})).toEqual({
    'real-time': [],
    'response streaming': [],
    'bidirectional streaming': [],
    'multi-model': [],
    serverless: [],
    asynchronous: [
      'bodies larger than 25 MiB are refused, and the platform sends up to 1024 MiB: set OPTML_HOSTING to asynchronous',
      'the container gives up after 55 s, and the platform waits up to 3600 s: set OPTML_HOSTING to asynchronous',
    ],
    'batch transform': [],
  });
});

test('what it is told suits that mode and a transform job, and no other', () => {
  const asynchronous = problemsOf({ OPTML_HOSTING: 'asynchronous' });
  const serverless = problemsOf({ OPTML_HOSTING: 'serverless' });

  expect(asynchronous).toMatchObject({ asynchronous: [], 'batch transform': [] });
  expect(asynchronous['real-time']).toEqual([
    'the platform gives up after 60 s, before the container answers with a reason at 3595 s: leave OPTML_HOSTING out',
  ]);
  expect(serverless).toMatchObject({ serverless: [], 'batch transform': [] });
  expect(serverless['real-time']).toEqual([
    'bodies larger than 4 MiB are refused, and the platform sends up to 25 MiB: leave OPTML_HOSTING out',
  ]);
});

test('a limit that is set by a variable of its own is to be changed there', () => {
  const problems = problemsOf({
    OPTML_HOSTING: 'asynchronous',
    MAX_CONTENT_LENGTH: '1500000',
    SAGEMAKER_MODEL_SERVER_TIMEOUT: '600',
  });

  expect(problems.serverless).toEqual([
    'bodies larger than 1.43 MiB are refused, and the platform sends up to 4 MiB: set MAX_CONTENT_LENGTH to 4194304',
    'the platform gives up after 60 s, before the container answers with a reason at 600 s: set SAGEMAKER_MODEL_SERVER_TIMEOUT to 55',
  ]);
  expect(problems['batch transform']).toEqual([
    'bodies larger than 1.43 MiB are refused, and the platform sends up to 100 MiB: set MAX_CONTENT_LENGTH to 104857600',
    'the container gives up after 600 s, and the platform waits up to 3600 s: set SAGEMAKER_MODEL_SERVER_TIMEOUT to 3595',
  ]);
});

test('streams and connections have limits of their own', () => {
  const problems = problemsOf({
    OPTML_STREAM_TIMEOUT_SECONDS: '600',
    OPTML_CONNECTION_TIMEOUT_SECONDS: '60',
    MAX_CONTENT_LENGTH: '100',
  });

  expect(problems['response streaming']).toEqual([
    'bodies larger than 100 bytes are refused, and the platform sends up to 25 MiB: set MAX_CONTENT_LENGTH to 26214400',
    'the platform gives up after 480 s, before the container answers with a reason at 600 s: set OPTML_STREAM_TIMEOUT_SECONDS to 480',
  ]);
  expect(problems['bidirectional streaming']).toEqual([
    'the container gives up after 60 s, and the platform waits up to 1800 s: set OPTML_CONNECTION_TIMEOUT_SECONDS to 1800',
  ]);
});

test('several models have no Open Inference Protocol', () => {
  const problems = problemsOf({ OPTML_OPEN_INFERENCE_MODEL: 'iris' });

  expect(problems).toMatchObject({ 'real-time': [], 'batch transform': [] });
  expect(problems['multi-model']).toEqual([
    'the Open Inference Protocol serves one model, and is not answered: leave OPTML_OPEN_INFERENCE_MODEL out',
  ]);
});

test('a transform job whose bodies have no limit has no problem with them', () => {
  expect(problemsOf({ SAGEMAKER_MAX_PAYLOAD_IN_MB: '0' })['batch transform']).toEqual([]);
});

test('a variable that is wrong is named', () => {
  expect(() => describeLimits({ MAX_CONTENT_LENGTH: 'much' })).toThrow(/MAX_CONTENT_LENGTH/);
});
