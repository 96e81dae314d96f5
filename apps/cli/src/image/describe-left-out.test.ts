import { expect, test } from 'vitest';
import { describeLeftOut } from './describe-left-out.ts';

test('what is left out is said once for each package, with a count and an example', () => {
  const onnx = 'node_modules/onnxruntime-node/bin/napi-v6';
  const paths = [
    ...['darwin/arm64/a.node', 'win32/x64/a.node', 'win32/x64/a.dll'].map((path) => `${onnx}/${path}`),
    'node_modules/fsevents',
    'node_modules/@scope/b/prebuilds/darwin-x64',
    'node_modules/@scope/b/prebuilds/win32-x64',
    'node_modules/a/node_modules/c/mac.node',
    'native/mac.node',
  ];

  expect(
    describeLeftOut(
      paths.map((path) => `/project/${path}`),
      '/project',
    ),
  ).toEqual([
    'left out 3 files or folders of node_modules/onnxruntime-node, for example bin/napi-v6/darwin/arm64/a.node: they are for other platforms',
    'left out node_modules/fsevents: it is for another platform',
    'left out 2 files or folders of node_modules/@scope/b, for example prebuilds/darwin-x64: they are for other platforms',
    'left out node_modules/a/node_modules/c/mac.node: it is for another platform',
    'left out native/mac.node: it is for another platform',
  ]);
});
