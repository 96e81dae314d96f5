import { networkInterfaces } from 'node:os';
import { expect, test } from 'vitest';
import { findInterfaceAddress } from './interface-address.ts';

test('the address is that of the named interface', () => {
  expect(findInterfaceAddress('lo', networkInterfaces())).toBe('127.0.0.1');
});

test('an interface that is absent or not named leaves every address', () => {
  expect(findInterfaceAddress('eth99', networkInterfaces())).toBe('0.0.0.0');
  expect(findInterfaceAddress('constructor', networkInterfaces())).toBe('0.0.0.0');
  expect(findInterfaceAddress(undefined, networkInterfaces())).toBe('0.0.0.0');
});
