import { createHash } from 'node:crypto';
import type { ExportFile } from '../../export-file.ts';

const FOLDER = 'com.apple.CoreML';

/**
 * A model package: a folder that Apple's tools show as one file. Its items go by identifiers; theirs follow from their content,
 * so that the same model gives the same bytes.
 *
 * @param name  of the package, with its ending.
 */
export function modelPackage(
  name: string,
  { model, weights }: { readonly model: Uint8Array; readonly weights: Uint8Array },
): ExportFile[] {
  const specification = identifierOf(model);
  const item = (description: string, name: string) => ({
    author: FOLDER,
    description,
    name,
    path: `${FOLDER}/${name}`,
  });
  const manifest = {
    fileFormatVersion: '1.0.0',
    itemInfoEntries: {
      [specification]: item('CoreML Model Specification', 'model.mlmodel'),
      [identifierOf(weights)]: item('CoreML Model Weights', 'weights'),
    },
    rootModelIdentifier: specification,
  };
  return [
    { name: `${name}/Data/${FOLDER}/model.mlmodel`, content: model },
    { name: `${name}/Data/${FOLDER}/weights/weight.bin`, content: weights },
    { name: `${name}/Manifest.json`, content: `${JSON.stringify(manifest, null, 4)}\n` },
  ];
}

/** A UUID of version 8 (RFC 9562, section 5.8), made of the content's SHA-256. */
function identifierOf(content: Uint8Array): string {
  const hex = createHash('sha256').update(content).digest('hex');
  const variant = ((parseInt(hex.charAt(16), 16) & 0x3) | 0x8).toString(16);
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `${variant}${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join('-');
}
