import { createHash } from 'node:crypto';
import { resolve } from 'node:path';
import { EngineError } from '../../contract/errors.ts';
import { loadClassifier } from '../network/classifier.ts';
import { possibleCuts } from '../network/cut.ts';
import { packNetwork } from '../network/network-file.ts';
import { finalShape } from '../network/shapes.ts';
import type { Backbone } from './catalogue.ts';
import { defaultCut } from './describe-model.ts';
import { defaultPlaces, findInstalled, readCatalogue } from './entry.ts';

/**
 * A trained model as a backbone: its network up to the embedding, with all that it has learned; its head is left out.
 *
 * @param folder  that training wrote.
 * @throws EngineError `model/not-found` or `model/corrupt`.
 */
export async function backboneFromClassifier(folder: string, places = defaultPlaces()): Promise<Backbone> {
  const { network: whole, backbone: id, imageSize, licence } = await loadClassifier(folder);
  const embedding = whole.nodes.findLastIndex(({ op }) => op === 'globalAveragePool');
  if (embedding < 0) {
    const message = `The model in ${resolve(folder)} averages over no features, so there is no embedding to train a new head on.`;
    throw new EngineError('model/corrupt', message, { folder });
  }
  const network = { nodes: whole.nodes.slice(0, embedding + 1) };
  const { nodes, weights } = packNetwork(network);
  const known = [...(await readCatalogue(places)), ...(await findInstalled(places)).map(({ entry }) => entry)];
  const usual = known.find((entry) => entry.id === id);
  const [featureCount = 0] = finalShape(network);
  const cuts = possibleCuts(network);
  return {
    id,
    title: `${usual?.title ?? id}, trained before`,
    network,
    imageSize,
    featureCount,
    cut: usual && cuts.includes(usual.cut) ? usual.cut : defaultCut(network),
    licence,
    contentHash: createHash('sha256').update(JSON.stringify(nodes)).update(weights).digest('hex'),
  };
}
