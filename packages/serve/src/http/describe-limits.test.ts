import { expect, test } from 'vitest';
import { describeLimits } from './describe-limits.ts';

const problemsOf = (environment: Readonly<Record<string, string>>) =>
  Object.fromEntries(describeLimits(environment).map(({ mode, problems }) => [mode, problems]));

test('a container as it is fits every mode but the asynchronous one, which nothing tells it of', () => {
  expect(problemsOf({})).toEqual({
    'real-time': [],
    serverless: [],
    'batch transform': [],
    asynchronous: [
      'larger bodies than 25 MiB of the 1024 MiB that a request may have are refused: set MAX_CONTENT_LENGTH to 1073741824',
      'an answer that takes longer than 55 s of the 3600 s that the platform can wait is given up: set SAGEMAKER_MODEL_SERVER_TIMEOUT to what the model needs',
    ],
  });
});

test('what suits one mode breaks another', () => {
  const problems = problemsOf({
    MAX_CONTENT_LENGTH: '1073741824',
    SAGEMAKER_MODEL_SERVER_TIMEOUT: '3600',
  });

  expect(problems).toMatchObject({ asynchronous: [], 'batch transform': [] });
  expect(problems['real-time']).toEqual([
    'the platform gives up after 60 s, before the container answers with a reason at 3600 s: set SAGEMAKER_MODEL_SERVER_TIMEOUT to 55',
  ]);
});

test('a body limit below a mode names it, in a transform job what the job is told counts', () => {
  expect(problemsOf({ MAX_CONTENT_LENGTH: '1500000' }).serverless).toEqual([
    'larger bodies than 1.43 MiB of the 4 MiB that a request may have are refused: set MAX_CONTENT_LENGTH to 4194304',
  ]);
  expect(problemsOf({ SAGEMAKER_MAX_PAYLOAD_IN_MB: '0' })['batch transform']).toEqual([]);
});

test('a variable that is wrong is named', () => {
  expect(() => describeLimits({ MAX_CONTENT_LENGTH: 'much' })).toThrow(/MAX_CONTENT_LENGTH/);
});
