import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createSshServer } from './ssh-files.ts';

const options = {
  directory: '/job',
  port: 7_779,
  address: '10.0.0.2',
  publicKey: 'ssh-ed25519 AAAA optml\n',
};

function readEntrance(environment: Readonly<Record<string, string>>): string {
  const files = createSshServer({ ...options, environment }).files;
  return files.find(({ path }) => path.endsWith('enter.sh'))?.text ?? '';
}

test('only the leader’s key gets in', () => {
  const [configuration, keys] = createSshServer({ ...options, environment: {} }).files;

  expect(keys?.text).toBe('ssh-ed25519 AAAA optml\n');
  expect(configuration?.text).toContain('AuthenticationMethods publickey\n');
  expect(configuration?.text).toContain('ListenAddress 10.0.0.2\n');
});

test('any value reaches the command as it is and is never run', () => {
  const value = fc.oneof(
    fc.string({ unit: 'grapheme' }).map((text) => text.replaceAll('\0', '')),
    fc.constantFrom("'; touch /nowhere/x; '", '$(exit 3)', '`exit 3`', 'a\'b\n"c\\', '-n'),
  );
  fc.assert(
    fc.property(value, (text) => {
      const printed = execFileSync('/bin/sh', ['-c', readEntrance({ VALUE: text })], {
        encoding: 'utf8',
        env: { SSH_ORIGINAL_COMMAND: 'printf "%s|" "$VALUE"' },
      });

      expect(printed).toBe(`${text}|`);
    }),
    { numRuns: 50 },
  );
});

test('names that a shell cannot hold are left out', () => {
  expect(readEntrance({ 'SM_HP_A-B': '1', 'A;touch x': '1', GOOD: '1' })).toBe(
    'export GOOD=\'1\'\nexec /bin/sh -c "$SSH_ORIGINAL_COMMAND"\n',
  );
});
