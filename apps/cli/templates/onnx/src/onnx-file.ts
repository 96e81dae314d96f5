/**
 * Writes a linear classifier as an ONNX model, which is a Protocol Buffers message: `input`, rows of float32, becomes
 * `probabilities`, a row of float32 each. Numbers are those of fields in onnx.proto.
 */

import type { Classifier } from './softmax-regression.ts';

const float32 = 1;

export function encodeClassifier({ weights, bias, labels }: Classifier): Uint8Array {
  const graph = [
    bytes(1, node('Gemm', ['input', 'weights', 'bias'], 'scores')),
    bytes(1, node('Softmax', ['scores'], 'probabilities')),
    text(2, 'softmax-regression'),
    bytes(5, tensor('weights', [weights.length, labels.length], weights.flat())),
    bytes(5, tensor('bias', [labels.length], bias)),
    bytes(11, value('input', weights.length)),
    bytes(12, value('probabilities', labels.length)),
  ];
  // IR version 8 and operators of version 13: any runtime since 2021 reads them.
  return Buffer.concat([number(1, 8), text(2, 'optml'), bytes(7, graph), bytes(8, [number(2, 13)])]);
}

function node(operator: string, inputs: readonly string[], output: string) {
  return [...inputs.map((name) => text(1, name)), text(2, output), text(3, output), text(4, operator)];
}

function tensor(name: string, shape: readonly number[], values: readonly number[]) {
  const raw = Buffer.from(Float32Array.from(values).buffer);
  return [...shape.map((size) => number(1, size)), number(2, float32), text(8, name), bytes(9, [raw])];
}

/** A table of any number of rows. */
function value(name: string, columns: number) {
  const shape = [bytes(1, [text(2, 'rows')]), bytes(1, [number(1, columns)])];
  return [text(1, name), bytes(2, [bytes(1, [number(1, float32), bytes(2, shape)])])];
}

function text(field: number, content: string): Buffer {
  return bytes(field, [Buffer.from(content)]);
}

function bytes(field: number, parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  return Buffer.concat([varint(field * 8 + 2), varint(content.length), content]);
}

function number(field: number, content: number): Buffer {
  return Buffer.concat([varint(field * 8), varint(content)]);
}

function varint(content: number): Buffer {
  const septets: number[] = [];
  let rest = content;
  for (; rest > 127; rest = Math.floor(rest / 128)) septets.push((rest % 128) + 128);
  return Buffer.from([...septets, rest]);
}
