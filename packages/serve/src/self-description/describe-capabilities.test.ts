import { expect, test } from 'vitest';
import { describeCapabilities } from './describe-capabilities.ts';

const labels = {
  'com.amazonaws.sagemaker.capabilities.accept-bind-to-port': 'true',
  'com.amazonaws.sagemaker.capabilities.multi-models': 'true',
};

test('a predictor has the labels of the modes that it is served in, and no others', async () => {
  expect(await describeCapabilities(new URL('../../test/fixtures/echo.ts', import.meta.url))).toEqual(labels);
});

test.each([
  ['no-definition.ts', 'PREDICTOR_INVALID'],
  ['broken-import.ts', 'PREDICTOR_IMPORT_FAILED'],
  ['none.ts', 'PREDICTOR_NOT_FOUND'],
])('the labels of %s are refused', async (name, code) => {
  const describing = describeCapabilities(new URL(`../../test/fixtures/${name}`, import.meta.url));

  await expect(describing).rejects.toMatchObject({ code });
});
