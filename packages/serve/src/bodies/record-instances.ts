/** The records of SageMaker's protobuf as instances: rows of numbers, and bytes. */

import type { RecordValue, Tensor, TensorRecord } from '@optml/codecs';
import { toLists } from '@optml/codecs/arrays';
import { assertFewCells } from './sparse-rows.ts';

/**
 * Gives for each record its only feature, or its features by name: lists of numbers of a tensor, zeros written out, and
 * the bytes of anything else. Labels are left out, for an invocation has none.
 *
 * @throws ServeError `BODY_TOO_LARGE` for sparse tensors that would take far more memory than their body did.
 */
export function toRecordInstances(records: readonly TensorRecord[]): unknown[] {
  let cells = 0;
  return records.map(({ features }) => {
    const entries = Object.entries(features);
    for (const [, value] of entries) {
      if (!('values' in value) || value.keys === undefined) continue;
      cells += multiply(value.shape ?? []);
      assertFewCells(1, cells);
    }
    const [first] = entries;
    if (entries.length === 1 && first !== undefined) return toInstance(first[1]);
    return Object.fromEntries(entries.map(([name, value]) => [name, toInstance(value)]));
  });
}

function toInstance(value: RecordValue): unknown {
  if (!('values' in value)) {
    // The author may look at the buffers: views would show the whole body.
    const parts = value.bytes.map((bytes) => bytes.slice());
    return parts.length === 1 ? parts[0] : parts;
  }
  const { keys, shape = [value.values.length] } = value;
  const values = keys === undefined ? value.values : scatter(value, multiply(shape));
  return toLists({ type: 'float64', shape, values });
}

function scatter({ values, keys }: Tensor, count: number): Float64Array {
  const dense = new Float64Array(count);
  keys?.forEach((key, index) => {
    dense[key] = values[index] ?? 0;
  });
  return dense;
}

function multiply(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1);
}
