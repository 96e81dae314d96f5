import { expect, test } from 'vitest';
import { describeCapabilities } from './describe-capabilities.ts';

test.each([
  ['echo', ['accept-bind-to-port', 'multi-models']],
  ['both-ways', ['accept-bind-to-port', 'bidirectional-streaming', 'multi-models']],
  ['bidirectional', ['accept-bind-to-port', 'bidirectional-streaming']],
])('%s has the labels of the modes that it is served in, and no others', async (fixture, modes) => {
  const labels = modes.map((mode) => [`com.amazonaws.sagemaker.capabilities.${mode}`, 'true']);

  expect(await describeCapabilities(new URL(`../../test/fixtures/${fixture}.ts`, import.meta.url))).toEqual(
    Object.fromEntries(labels),
  );
});

test.each([
  ['no-definition.ts', 'PREDICTOR_INVALID'],
  ['broken-import.ts', 'PREDICTOR_IMPORT_FAILED'],
  ['none.ts', 'PREDICTOR_NOT_FOUND'],
])('the labels of %s are refused', async (name, code) => {
  const describing = describeCapabilities(new URL(`../../test/fixtures/${name}`, import.meta.url));

  await expect(describing).rejects.toMatchObject({ code });
});
