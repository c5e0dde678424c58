import { notRunReasons } from '../../../../contract/device-reasons.ts';
import type { Classifier } from '../../../network/classifier.ts';
import type { Target } from '../../target.ts';
import { CLASS_LABEL, IMAGE, INPUT, PROBABILITIES } from './description.ts';

interface Format {
  readonly write: Target['write'];
  readonly title: string;
  /** What is dragged into Xcode. */
  readonly file: string;
  /** The first systems that open it. */
  readonly systems: string;
  /** A sentence: how exactly the model computes. */
  readonly precision: string;
}

/** What both formats of Core ML have in common. */
export function coreMlTarget({ write, title, file, systems, precision }: Format): Target {
  return {
    input: INPUT,
    write,
    reopen: () => Promise.resolve({ whyNot: notRunReasons.say('core-ml') }),
    words: {
      title,
      runtime: 'Core ML',
      metadata: `Class names are the classifier's own; as metadata the model also carries them in order (\`labels\`), and the rule (\`preprocessing\`). ${precision}`,
      howTo: [
        "On a Mac with Xcode's command line tools:",
        '',
        '```',
        'swift example.swift photo.jpg',
        '```',
        '',
        `For an app, drag \`${file}\` into Xcode and take the functions of example.swift along. It runs on ${systems} and later.`,
      ].join('\n'),
      inputAndOutput: ({ imageSize, labels }: Classifier) => [
        `Input \`${IMAGE}\`: a picture of ${imageSize} × ${imageSize} pixels, RGB. Do not normalise: the model does.`,
        `Outputs: \`${CLASS_LABEL}\`, the most probable class, and \`${PROBABILITIES}\`, a dictionary from each of the ${labels.length} classes to its probability.`,
      ],
      sampleAccuracy:
        'The sample code was not run either. In it Vision scales and cuts the picture, which moves probabilities a little.',
    },
    samples: ['coreml/example.swift'],
  };
}
