/** Why nothing faster is in use; several stand behind one another, parted by ". ". */
import { Phrases } from './phrases.ts';

export const deviceReasons = new Phrases({
  'no-card': 'No NVIDIA graphics card was found',
  'card-unseen':
    'A graphics card is there, but TensorFlow does not see it; "npm run setup" installs the build for graphics cards',
  'tier-forced': 'FOVEA_TIER=everywhere is set',
  'native-missing':
    'The native TensorFlow binding is not installed; "npm run setup" builds it and says what is missing',
  'native-broken': 'The native TensorFlow binding does not load: {reason}',
  'native-silent': 'The native TensorFlow binding gave no answer within {seconds} s',
  'native-crashed': 'The native TensorFlow binding crashed ({how})',
  untried: 'Whether a card runs the backbone faster could not be tried: {reason}',
  slower: '{engine} is slower: {speed} ms a picture, and not {best}',
  wrong: '{engine} answers wrongly: {difference}',
  unable: '{engine} cannot run here: {reason}',
  'gone-since': '{engine} won the race but does not open now: {reason}',
});

/** Why an export was not run here. */
export const notRunReasons = new Phrases({
  tensorflow: 'TensorFlow itself does not run on this machine.',
  keras: 'Keras needs Python, which the app does not bring.',
  'core-ml': "Core ML runs on Apple's systems alone, and Fovea does not call it there.",
});
