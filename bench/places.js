// @ts-check
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../scripts/run.js';

const shared = join(root, '..', 'shared');

/** The peers' recipes need their weights as published; ours are the same files, installed by set-up. */
export const places = {
  hymenoptera: join(shared, 'data', 'hymenoptera'),
  flowers: join(shared, 'data', 'flowers'),
  weights: join(shared, 'backbones', 'mobilenet_v1_0.75_224'),
  recipes: join(shared, 'peers'),
};

export const BACKBONE = 'mobilenet_v1_0.75_224';

/** Pictures in hymenoptera's `val`. */
export const VALIDATION_COUNT = 153;

/** @throws Error that names what is not there */
export function requirePlaces() {
  const missing = Object.values(places).filter((place) => !existsSync(place));
  if (missing.length > 0) throw new Error(`The benchmark needs ${missing.join(', ')} beside this checkout.`);
}
