/**
 * Writes an ONNX model that takes as long as it is told: `trips` products of two matrices, of which it returns the count.
 *
 * The numbers of fields are those of onnx.proto3, version 8 of its format.
 */

import { writeFileSync } from 'node:fs';
import process from 'node:process';

const elementTypes = { float: 1, int64: 7, bool: 9 } as const;
const graphAttribute = 5;
/** A product takes about a millisecond. */
const matrix = [256, 256];

type Field = readonly [number, bigint | number | string | Uint8Array];

/** A message of protobuf. */
function encode(...fields: readonly Field[]): Uint8Array {
  return Buffer.concat(
    fields.flatMap(([number, value]) => {
      if (typeof value === 'number' || typeof value === 'bigint') return [varint(number << 3), varint(value)];
      const bytes = Buffer.from(value as string);
      return [varint((number << 3) | 2), varint(bytes.length), bytes];
    }),
  );
}

function varint(value: bigint | number): Uint8Array {
  const bytes: number[] = [];
  let rest = BigInt(value);
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  return Uint8Array.from([...bytes, Number(rest)]);
}

function describeValue(name: string, type: number, shape: readonly number[]): Uint8Array {
  const dimensions = shape.map((size): Field => [1, encode([1, size])]);
  return encode([1, name], [2, encode([1, encode([1, type], [2, encode(...dimensions)])])]);
}

function createTensor(name: string, type: number, shape: readonly number[], bytes: Uint8Array): Uint8Array {
  return encode(...shape.map((size): Field => [1, size]), [2, type], [8, name], [9, bytes]);
}

function createNode(
  type: string,
  inputs: readonly string[],
  outputs: readonly string[],
  ...attributes: readonly Uint8Array[]
): Uint8Array {
  const names = [...inputs.map((name): Field => [1, name]), ...outputs.map((name): Field => [2, name])];
  return encode(...names, [4, type], ...attributes.map((attribute): Field => [5, attribute]));
}

interface Graph {
  readonly name: string;
  readonly nodes: readonly Uint8Array[];
  readonly constants?: readonly Uint8Array[];
  readonly inputs: readonly Uint8Array[];
  readonly outputs: readonly Uint8Array[];
}

function createGraph({ name, nodes, constants = [], inputs, outputs }: Graph): Uint8Array {
  const list = (number: number, messages: readonly Uint8Array[]) =>
    messages.map((message): Field => [number, message]);
  return encode(
    ...list(1, nodes),
    [2, name],
    ...list(5, constants),
    ...list(11, inputs),
    ...list(12, outputs),
  );
}

function createLoopModel(): Uint8Array {
  const { float, int64, bool } = elementTypes;
  const one = new Uint8Array(Float32Array.of(1).buffer);
  const size = new Uint8Array(BigInt64Array.from(matrix, BigInt).buffer);
  const body = createGraph({
    name: 'body',
    nodes: [
      createNode('Identity', ['goes_on'], ['still_goes_on']),
      createNode('Add', ['count', 'one'], ['next_count']),
      createNode('MatMul', ['matrix', 'matrix'], ['next_matrix']),
    ],
    constants: [createTensor('one', float, [], one)],
    inputs: [
      describeValue('trip', int64, []),
      describeValue('goes_on', bool, []),
      describeValue('count', float, []),
      describeValue('matrix', float, matrix),
    ],
    outputs: [
      describeValue('still_goes_on', bool, []),
      describeValue('next_count', float, []),
      describeValue('next_matrix', float, matrix),
    ],
  });
  const graph = createGraph({
    name: 'loop',
    nodes: [
      createNode('ConstantOfShape', ['size'], ['zeros']),
      createNode(
        'Loop',
        ['trips', '', 'zero', 'zeros'],
        ['trip_count', 'product'],
        encode([1, 'body'], [6, body], [20, graphAttribute]),
      ),
    ],
    constants: [
      createTensor('size', int64, [matrix.length], size),
      createTensor('zero', float, [], new Uint8Array(4)),
    ],
    inputs: [describeValue('trips', int64, [])],
    outputs: [describeValue('trip_count', float, []), describeValue('product', float, matrix)],
  });
  return encode([1, 8], [7, graph], [8, encode([1, ''], [2, 13])]);
}

writeFileSync(process.argv[2] ?? 'loop.onnx', createLoopModel());
