/** The Dockerfile and what `optml build` makes of package.json are one image: what runs is the same, whoever built it. */

import { readFile } from 'node:fs/promises';
import { describeCapabilities } from '@optml/serve';
import { expect, test } from 'vitest';
import packageJson from '../package.json' with { type: 'json' };

const dockerfile = await readFile(new URL('../Dockerfile', import.meta.url), 'utf8');
/** The instructions of the last stage, one a line. */
const instructions = dockerfile
  .slice(dockerfile.lastIndexOf('\nFROM '))
  .replace(/\\\n\s*/g, '')
  .split('\n')
  .map((line) => /^([A-Z]+) (.*)$/.exec(line))
  .filter((match) => match !== null)
  .map(([, name, text]) => ({ name, text: text as string }));

const textsOf = (name: string) =>
  instructions.filter((instruction) => instruction.name === name).map(({ text }) => text);

/** `NAME=value OTHER="a value"`. */
function readPairs(texts: readonly string[]): Readonly<Record<string, string>> {
  const pairs = texts.flatMap((text) => [...text.matchAll(/([\w.-]+)=(?:"([^"]*)"|(\S+))/g)]);
  return Object.fromEntries(pairs.map(([, name, quoted, plain]) => [name, quoted ?? plain]));
}

const { image } = packageJson.optml;

test('the environment and the entry point are the same', () => {
  expect(readPairs(textsOf('ENV'))).toEqual({ NODE_ENV: 'production', ...image.environment });
  expect(textsOf('ENTRYPOINT').map((text) => JSON.parse(text))).toEqual([['node', '/app/dist/main.js']]);
  expect(textsOf('USER')).toEqual([]);
  expect(textsOf('WORKDIR')).toEqual([]);
  expect(textsOf('CMD')).toEqual([]);
});

test('the labels are the same, but for those that the base and the predictor give', () => {
  const {
    'org.opencontainers.image.base.name': base,
    'org.opencontainers.image.revision': revision,
    ...labels
  } = readPairs(textsOf('LABEL'));
  const own = Object.entries(labels).filter(
    ([name]) => !name.startsWith('com.amazonaws.sagemaker.capabilities.'),
  );

  // biome-ignore lint/suspicious/noTemplateCurlyInString: the text of the Dockerfile
  expect([base, revision]).toEqual(['${BASE_IMAGE}', '${REVISION}']);
  const { 'org.opencontainers.image.revision': unset, ...declared } = image.labels;
  expect(Object.fromEntries(own)).toEqual(declared);
  expect(textsOf('ARG')).toContain(`REVISION=${unset}`);
  expect(`ARG BASE_IMAGE=${image.base}`).toBe(dockerfile.match(/^ARG BASE_IMAGE=.*$/m)?.[0]);
});

test('the labels of what the predictor implements are those that `optml build` gives', async () => {
  const labels = Object.entries(readPairs(textsOf('LABEL')));
  const capabilities = labels.filter(([name]) => name.startsWith('com.amazonaws.sagemaker.capabilities.'));

  const implemented = await describeCapabilities(new URL('../dist/predictor.js', import.meta.url));

  expect(Object.fromEntries(capabilities)).toEqual(implemented);
  expect(Object.keys(implemented).map((name) => name.split('.').at(-1))).toEqual([
    'accept-bind-to-port',
    'multi-models',
  ]);
});
