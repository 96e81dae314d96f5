/** Npy files for tests, whole and damaged. */

import fc from 'fast-check';

/** Writes a file with the header as it is given. */
export function writeNpyFile(header: string, elements: Uint8Array, version = 1): Uint8Array {
  const prefix = version === 1 ? 10 : 12;
  const text = `${header.padEnd(64 * Math.ceil((prefix + header.length + 1) / 64) - prefix - 1)}\n`;
  const file = new Uint8Array(prefix + text.length + elements.length);
  const view = new DataView(file.buffer);
  file.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, version, 0]);
  if (version === 1) view.setUint16(8, text.length, true);
  else view.setUint32(8, text.length, true);
  file.set(new TextEncoder().encode(text), prefix);
  file.set(elements, prefix + text.length);
  return file;
}

/** Files whose headers lie, and files with bytes that are not theirs. */
export function hostileNpy(): fc.Arbitrary<Uint8Array> {
  const descr = fc.constantFrom(
    ...[
      '<f8',
      '>f8',
      '<f4',
      '<f2',
      '|b1',
      '|i1',
      '<i8',
      '>u2',
      '<U3',
      '>U2',
      '|S4',
      '|S0',
      '<U0',
      '|O',
      '<c16',
      '|V8',
      '',
    ],
  );
  const length = fc.oneof(
    fc.integer({ min: 0, max: 3 }).map(String),
    fc.constantFrom('-1', '4294967296', '9007199254740993', '99999999999999999999', '1e3', 'x', ' 2L'),
  );
  const shape = fc
    .array(length, { maxLength: 4 })
    .map((lengths) => (lengths.length === 1 ? `(${lengths[0]},)` : `(${lengths.join(', ')})`));
  const header = fc
    .tuple(descr, fc.constantFrom('False', 'True', '0'), shape)
    .map(([type, order, tuple]) => `{'descr': '${type}', 'fortran_order': ${order}, 'shape': ${tuple}, }`);
  const elements = fc.oneof(
    fc.uint8Array({ maxLength: 64 }),
    fc.integer({ min: 0, max: 48 }).map((size) => new Uint8Array(size).fill(1)),
  );
  const file = fc
    .tuple(header, elements, fc.constantFrom(1, 1, 2, 3, 9))
    .map(([text, bytes, version]) => writeNpyFile(text, bytes, version));
  return fc
    .tuple(file, fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { maxLength: 2 }))
    .map(([bytes, damage]) => {
      for (const [at, byte] of damage) bytes[at % bytes.length] = byte;
      return bytes;
    });
}
