/** How to train on a folder of pictures: the backbones that are installed race on them, then counts, time and the race decide. */
import { createHash } from 'node:crypto';
import type { Picture } from '../contract/dataset.ts';
import { TRANSFER_MODES, type BackboneRace, type Proposal, type TransferMode } from '../contract/choosing.ts';
import type { JobOf, JobResults } from '../contract/jobs.ts';
import type { TrainConfig } from '../contract/training.ts';
import { installedBackboneIds, loadBackbone, type Backbone } from '../engine/backbones/catalogue.ts';
import { chooseMode, type ModeFacts } from '../engine/choose/choose-mode.ts';
import { PROBE_VERSION } from '../engine/choose/cross-validate.ts';
import { sampleRows } from '../engine/choose/folds.ts';
import { readMemory, writeMemory } from '../engine/compute/memory-file.ts';
import { costsOf } from './estimate-job.ts';
import type { JobContext } from './job-context.ts';
import { probeBackbones } from './probe-backbones.ts';
import { labelsOf, readPictures } from './read-pictures.ts';

/**
 * Pictures that are probed at most: with 2,000 a difference of two points is seen nine times in ten where the backbones part
 * on one picture in fourteen, and a backbone whose features nobody has stored takes seconds.
 */
const PROBED = { most: 2000, fewestPerClass: 10 };

export async function chooseJob(job: JobOf<'choose'>, context: JobContext): Promise<JobResults['choose']> {
  const { config, secondsAvailable } = job;
  context.report({ type: 'stage', stage: 'read', total: null });
  const { classes, candidates } = await readPictures(job, context);
  const backbones = await loadInstalled();
  const { race, activations } = await raceOrRecall(job, { backbones, classes, candidates }, context);
  const winner = backbones.find(({ id }) => id === race.winner) ?? backbones[0];
  const counts = classCounts(candidates, classes);
  const facts: ModeFacts = {
    ...counts,
    probe: standingOf(race),
    seconds: await secondsByMode(candidates, winner, config),
    secondsAvailable,
  };
  const { trainingCount, imagesPerClass, checkedCount, chance } = counts;
  const evidence: Proposal['evidence'] = {
    trainingCount,
    imagesPerClass,
    classCount: classes.length,
    checkedCount,
    chance,
    race,
    activations,
  };
  return { ...chooseMode(facts), backbone: winner.id, evidence };
}

/** The default first. */
async function loadInstalled(): Promise<readonly [Backbone, ...Backbone[]]> {
  const [first, ...others] = await installedBackboneIds();
  return [await loadBackbone(first), ...(await Promise.all(others.map((id) => loadBackbone(id))))];
}

interface Field {
  readonly backbones: readonly Backbone[];
  readonly classes: readonly string[];
  readonly candidates: readonly Picture[];
}

/** Races the backbones, unless these have raced on these pictures before. The test split takes no part. */
async function raceOrRecall(
  { folder, config }: JobOf<'choose'>,
  { backbones, classes, candidates }: Field,
  context: JobContext,
): Promise<{ race: BackboneRace; activations: Proposal['evidence']['activations'] }> {
  const usable = candidates.filter(({ split }) => split !== 'test');
  const rows = sampleRows(labelsOf(usable, classes), { ...PROBED, seed: config.seed });
  const pictures = [...rows].flatMap((row) => usable[row] ?? []);
  const fingerprint = fingerprintOf(pictures, backbones, config);
  const known = await readMemory<BackboneRace>(MEMORY);
  const recalled = known[fingerprint];
  if (recalled !== undefined) return { race: recalled, activations: { computed: 0, reused: 0 } };
  const raced = await probeBackbones({ folder, pictures, classes, backbones, config }, context);
  const kept = Object.entries(known).slice(-(MOST_REMEMBERED - 1));
  await writeMemory(MEMORY, Object.fromEntries([...kept, [fingerprint, raced.race]]));
  return raced;
}

const MEMORY = 'backbone-races.json';
const MOST_REMEMBERED = 100;

/** Of all that a race depends on. */
function fingerprintOf(pictures: readonly Picture[], backbones: readonly Backbone[], { seed }: TrainConfig): string {
  const hash = createHash('sha256').update(JSON.stringify([PROBE_VERSION, seed]));
  for (const { id, contentHash } of backbones) hash.update(JSON.stringify([id, contentHash]));
  for (const { sha256, className } of pictures) hash.update(JSON.stringify([sha256, className]));
  return hash.digest('hex');
}

function standingOf({ winner, standings }: BackboneRace): ModeFacts['probe'] {
  const standing = standings.find(({ id }) => id === winner);
  if (standing === undefined) throw new Error(`The race has no standing of its winner ${winner}`);
  return standing;
}

function classCounts(pictures: readonly Picture[], classes: readonly string[]) {
  const bySplit = (split: Picture['split']) => pictures.filter((picture) => picture.split === split);
  const training = bySplit('training');
  const perClass = classes
    .map((name) => training.filter(({ className }) => className === name).length)
    .sort((a, b) => a - b);
  const middle = perClass.length / 2;
  const median = ((perClass[Math.ceil(middle) - 1] ?? 0) + (perClass[Math.floor(middle)] ?? 0)) / 2;
  const [test, validation] = [bySplit('test'), bySplit('validation')];
  return {
    trainingCount: training.length,
    imagesPerClass: { min: perClass[0] ?? 0, median },
    checkedCount: (test.length > 0 ? test : validation).length,
    chance: (perClass.at(-1) ?? 0) / training.length,
  };
}

async function secondsByMode(
  pictures: readonly Picture[],
  backbone: Backbone,
  config: TrainConfig,
): Promise<ModeFacts['seconds']> {
  const secondsOf = async (mode: TransferMode) => {
    const { off, cached, live } = await costsOf(pictures, backbone, { ...config, mode, cut: backbone.cut });
    return { off: off.seconds, cached: cached.seconds, live: live.seconds };
  };
  const [head, upper, full] = await Promise.all(TRANSFER_MODES.map(secondsOf));
  if (head === undefined || upper === undefined || full === undefined) throw new Error('A mode has no cost');
  return { head, upper, full };
}
