/** The requests that `optml schema --request` prints are what AWS's own model of its API says. */

import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const run = promisify(execFile);
const main = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
const container = fileURLToPath(new URL('../../../container', import.meta.url));
const checker = fileURLToPath(new URL('./check-request.py', import.meta.url));

const values = [
  ['--name', 'iris-1'],
  ['--image', '123456789012.dkr.ecr.us-east-1.amazonaws.com/iris:1.0'],
  ['--role', 'arn:aws:iam::123456789012:role/sagemaker'],
  ['--s3', 's3://bucket/iris'],
  ['--instance-type', 'ml.m5.large'],
].flat();

async function check(operation: string, request: string): Promise<string> {
  const child = run('/usr/bin/python3', [checker, operation]);
  child.child.stdin?.end(request);
  return (await child).stdout;
}

test.each([
  ['CreateTrainingJob', []],
  ['CreateModel', []],
  ['CreateEndpointConfig', []],
  ['CreateEndpointConfig', ['--serverless']],
  ['CreateEndpoint', []],
  ['CreateTransformJob', []],
])('%s %j is valid', async (operation, words) => {
  const { stdout } = await run(
    process.execPath,
    [main, 'schema', '--request', operation, ...words, ...values],
    { cwd: container },
  );

  expect(await check(operation, stdout)).toBe('');
});

test('the checker finds a name, a type and a pattern that are wrong', async () => {
  const request = { EndpointName: 'a_b', EndpointConfigName: 1, Nothing: true };

  const said = await check('CreateEndpoint', JSON.stringify({ ...request, EndpointConfigName: 'x' }));
  const type = await check(
    'CreateEndpoint',
    JSON.stringify({ EndpointName: 'a', EndpointConfigName: ['x'] }),
  );

  expect(said).toContain('Unknown parameter in input: "Nothing"');
  expect(said).toContain("CreateEndpoint.EndpointName: 'a_b' does not match");
  expect(type).toContain('Invalid type for parameter EndpointConfigName');
});
