/** What both formats of Keras share. */
import { notRunReasons } from '../../../../contract/device-reasons.ts';
import type { Classifier } from '../../../network/classifier.ts';
import { preprocessingOf } from '../../preprocessing.ts';
import type { ModelInput, NotRun, Target } from '../../target.ts';

const INPUT: ModelInput = { layout: 'NHWC', dtype: 'float32' };

const NOT_RUN: NotRun = { whyNot: notRunReasons.say('keras') };

interface KerasFormat {
  readonly file: string;
  readonly make: (network: Classifier['network'], metadata: Readonly<Record<string, unknown>>) => Promise<Uint8Array>;
  readonly title: string;
  readonly runtime: string;
  /** Half a sentence: where class names are inside the file. */
  readonly labelsPlace: string;
}

export function kerasTarget({ file, make, title, runtime, labelsPlace }: KerasFormat): Target {
  return {
    input: INPUT,
    async write(classifier) {
      const { labels, backbone, licence, network } = classifier;
      const preprocessing = preprocessingOf(classifier, INPUT);
      const content = await make(network, { labels, preprocessing, backbone, backboneLicence: licence });
      return [{ name: file, content }];
    },
    reopen: () => Promise.resolve(NOT_RUN),
    words: {
      title,
      runtime,
      metadata: `Class names (\`labels\`) and the rule (\`preprocessing\`) also lie as JSON in ${labelsPlace}. Only layers of Keras itself are in it, and it can be trained further: \`model.compile(…)\`, then \`model.fit(…)\`.`,
      howTo: '```\npip install keras tensorflow pillow\npython example.py photo.jpg\n```',
    },
    samples: ['keras/example.py', 'common/picture.py'],
  };
}
