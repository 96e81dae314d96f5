import { readHostingEnvironment } from '@optml/contract/environment';
import { expect, test } from 'vitest';
import { parseConfig } from './config-schema.ts';
import { serverVariables } from './server-variables.ts';

const numbers = [
  -1,
  0,
  1,
  1.5,
  1024,
  1025,
  3600,
  3601,
  60_000,
  60_001,
  100_000,
  100_001,
  604_800,
  604_801,
  2 ** 53 - 1,
  2 ** 53,
];
const words = [
  ...['real-time', 'serverless', 'asynchronous', 'batch transform'],
  ...['worker', 'process', 'inline', 'thread', 'text', 'json', 'xml'],
];
const freeTexts = /^(?:defaultAccept|openInference\..*)$/;

function isInFile(name: string, value: unknown): boolean {
  const server = name.split('.').reduceRight<unknown>((inner, key) => ({ [key]: inner }), value);
  return 'config' in parseConfig({ server });
}

function isInVariable(variable: string, value: unknown): boolean {
  try {
    readHostingEnvironment({ [variable]: String(value) });
    return true;
  } catch {
    return false;
  }
}

test.each(Object.entries(serverVariables).filter(([name]) => !freeTexts.test(name)))(
  'server.%s of the file takes the values that %s takes',
  (name, variable) => {
    // As text, `1` is a flag, too.
    const [values = []] = [numbers, words, [true, false]].filter((some) =>
      some.some((value) => isInFile(name, value)),
    );

    const taken = values.filter((value) => isInFile(name, value));

    expect(taken).not.toEqual([]);
    expect(taken).toEqual(values.filter((value) => isInVariable(variable, value)));
  },
);
