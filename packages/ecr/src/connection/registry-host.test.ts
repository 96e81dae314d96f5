import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatRegistryHost, parseRegistryHost } from './registry-host.ts';

const accountId = '123456789012';
const both = [false, true];

test.each([
  ['123456789012.dkr.ecr.us-east-1.amazonaws.com', 'us-east-1', false, false],
  ['123456789012.dkr.ecr-fips.us-east-1.amazonaws.com', 'us-east-1', false, true],
  ['123456789012.dkr-ecr.eu-central-1.on.aws', 'eu-central-1', true, false],
  ['123456789012.dkr-ecr-fips.us-west-2.on.aws', 'us-west-2', true, true],
  ['123456789012.dkr.ecr-fips.us-gov-west-1.amazonaws.com', 'us-gov-west-1', false, true],
  ['123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn', 'cn-north-1', false, false],
  ['123456789012.dkr-ecr.cn-northwest-1.on.amazonwebservices.com.cn', 'cn-northwest-1', true, false],
  ['123456789012.dkr.ecr.eusc-de-east-1.amazonaws.eu', 'eusc-de-east-1', false, false],
  ['123456789012.dkr.ecr.us-iso-east-1.c2s.ic.gov', 'us-iso-east-1', false, false],
  ['123456789012.dkr.ecr.us-isob-east-1.sc2s.sgov.gov', 'us-isob-east-1', false, false],
  ['123456789012.dkr.ecr.eu-isoe-west-1.cloud.adc-e.uk', 'eu-isoe-west-1', false, false],
  ['123456789012.dkr.ecr.us-isof-south-1.csp.hci.ic.gov', 'us-isof-south-1', false, false],
])('%s is read and written', (host, region, dualStack, fips) => {
  const registry = { accountId, region, dualStack, fips };

  expect(parseRegistryHost(host)).toEqual(registry);
  expect(formatRegistryHost(registry)).toBe(host);
});

test.each([
  '123456789012.dkr.ecr.us-east-1.amazonaws.com.fake.example.com',
  'x.123456789012.dkr.ecr.us-east-1.amazonaws.com',
  '12345678901.dkr.ecr.us-east-1.amazonaws.com',
  '123456789012.dkr.ecr.cn-north-1.amazonaws.com',
  '123456789012.dkr.ecr.us-east-1.amazonaws.com.cn',
  '123456789012.dkr-ecr.us-east-1.amazonaws.com',
  '123456789012.dkr.ecr-fips.us-iso-east-1.c2s.ic.gov',
  '123456789012.dkr.ecr.nowhere.amazonaws.com',
  'https://123456789012.dkr.ecr.us-east-1.amazonaws.com',
  '123456789012.dkr.ecr.us-east-1.amazonaws.com\n',
  'public.ecr.aws',
])('%j is not a registry of an account', (host) => {
  expect(parseRegistryHost(host)).toBeUndefined();
});

test('what is written is read again, and what is read is written as it was', () => {
  const regions = [
    'us-east-1',
    'ap-southeast-12',
    'us-gov-east-1',
    'cn-north-1',
    'eusc-de-east-1',
    'us-isob-east-1',
  ];
  const account = fc.stringMatching(/^\d{12}$/);
  fc.assert(
    fc.property(
      account,
      fc.constantFrom(...regions),
      fc.constantFrom(...both),
      fc.constantFrom(...both),
      (id, region, dualStack, fips) => {
        const registry = { accountId: id, region, dualStack, fips };
        let host: string;
        try {
          host = formatRegistryHost(registry);
        } catch (error) {
          expect(error).toMatchObject({ code: 'REGION_INVALID' });
          return;
        }
        expect(parseRegistryHost(host)).toEqual(registry);
      },
    ),
  );
});

test('any text is a registry of an account or none, and never an error', () => {
  const close = fc.stringMatching(
    /^\d{11,13}\.dkr[.-]ecr(-fips)?\.[a-z0-9-]{0,12}\.(amazonaws\.com|on\.aws)[a-z.]{0,4}$/,
  );
  fc.assert(
    fc.property(fc.oneof(fc.string(), close), (host) => {
      const registry = parseRegistryHost(host);
      if (registry !== undefined) expect(formatRegistryHost(registry)).toBe(host);
    }),
  );
});

test('an invalid account and a region that has no such endpoint are said', () => {
  expect(() => formatRegistryHost({ accountId: '1', region: 'us-east-1' })).toThrow(
    '"1" is not an AWS account',
  );
  expect(() => formatRegistryHost({ accountId, region: 'us-iso-east-1', fips: true })).toThrow(
    'us-iso-east-1 has no FIPS registry',
  );
  expect(() => formatRegistryHost({ accountId, region: 'mars-1' })).toThrow('"mars-1" is not an AWS region');
});
