import { strToU8, zipSync } from 'fflate';
import { expect, test } from 'vitest';
import { contentsOf } from '../../../../src-renderer/client/export-files.ts';

test('the zip lists its files with sizes and gives the sample code as it stands', async () => {
  const code = 'print("안녕")\n';
  const zip = zipSync({
    'model.onnx': new Uint8Array(5000),
    'example.py': strToU8(code),
    'weights/group1.bin': new Uint8Array(7),
  });
  expect(await contentsOf(new Blob([zip]))).toEqual({
    files: [
      { name: 'model.onnx', bytes: 5000 },
      { name: 'example.py', bytes: strToU8(code).length },
      { name: 'weights/group1.bin', bytes: 7 },
    ],
    samples: [{ name: 'example.py', language: 'Python', text: code }],
  });
});
