import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { BackboneStanding } from '../../../../src-main/contract/choosing.ts';
import { crossValidate, type CrossValidation } from '../../../../src-main/engine/choose/cross-validate.ts';
import { raceBackbones } from '../../../../src-main/engine/choose/race-backbones.ts';
import { createRandom } from '../../../../src-main/engine/random.ts';
import { loadTestBackend } from '../../../helpers/backend.ts';
import { probeExamples } from '../../../helpers/probe-examples.ts';

type Against = NonNullable<BackboneStanding['againstDefault']>;
/** SciPy's; see make-races.py beside the file. */
const references = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../../fixtures/choose/races.json'), 'utf8'),
) as Against[]; // as: our own file

/** Answers of three repeats in words: `both`, then those of only the second, then of only the first, then `neither`. */
function answers(both: number, onlyThis: number, onlyDefault: number, neither: number) {
  const row = (right: number, count: number) => new Array<number>(count).fill(right);
  const parts = { foldCount: 5, repeatCount: 3 };
  const first = [...row(3, both), ...row(1, onlyThis), ...row(2, onlyDefault), ...row(0, neither)];
  const second = [...row(2, both), ...row(3, onlyThis), ...row(1, onlyDefault), ...row(1, neither)];
  return [
    { id: 'v1', title: 'MobileNet', result: { ...parts, rightCounts: first } },
    { id: 'lite0', title: 'EfficientNet', result: { ...parts, rightCounts: second } },
  ] as const;
}

describe('a race', () => {
  test.each(references)(
    'of which one side alone gets $onlyThis right and the other $onlyDefault has the p of SciPy',
    ({ onlyThis, onlyDefault, pValue }) => {
      const [, second] = raceBackbones(answers(400, onlyThis, onlyDefault, 20)).standings;
      const against = second?.againstDefault;
      expect([against?.onlyThis, against?.onlyDefault]).toEqual([onlyThis, onlyDefault]);
      expect((against?.pValue ?? 0) / pValue).toBeCloseTo(1, 9);
    },
  );

  test('proposes the better one where the difference is more than noise, and says by which pictures', () => {
    const race = raceBackbones(answers(300, 54, 21, 25));
    expect([race.winner, race.imageCount]).toEqual(['lite0', 400]);
    expect(race.reason).toBe(
      'EfficientNet, 88.5 %, beats MobileNet, 80.3 %, over 5 folds: 54 pictures are right with EfficientNet alone, 21 without it alone, p = 0.0002.',
    );
  });

  test('stays with the default where it is not, though the other one is ahead', () => {
    const race = raceBackbones(answers(300, 33, 19, 25));
    expect(race.winner).toBe('v1');
    expect(race.reason).toMatch(/^MobileNet, 84.6 %, stays: with EfficientNet, 88.3 %, .* no more than noise: 33 /);
  });

  test('says that the default is the better one where it is', () => {
    const race = raceBackbones(answers(300, 7, 40, 25));
    expect(race.winner).toBe('v1');
    expect(race.reason).toMatch(
      /^MobileNet, 91.4 %, beats EfficientNet, 82.5 %, .* 40 pictures are right with MobileNet/,
    );
  });

  test('of more than two asks more of each', () => {
    const [v1, lite0] = answers(300, 22, 8, 25); // p = 0.016
    expect(raceBackbones([v1, lite0]).winner).toBe('lite0');
    const others = ['b', 'c', 'd'].map((id) => ({ ...v1, id, result: { ...v1.result } }));
    expect(raceBackbones([v1, lite0, ...others]).winner).toBe('v1');
  });

  test('of one is won, and counts only pictures that could be checked', () => {
    const result: CrossValidation = { foldCount: 5, repeatCount: 3, rightCounts: [3, 2, 1, 0, null, null] };
    const race = raceBackbones([{ id: 'v1', title: 'MobileNet', result }]);
    expect([race.winner, race.imageCount, race.standings[0]?.accuracy]).toEqual(['v1', 4, 0.5]);
    expect(race.reason).toBe('MobileNet, 50.0 % over 5 folds, is the only backbone installed.');
  });
});

describe('over many sets of pictures', () => {
  beforeAll(loadTestBackend);

  async function race(taskSeed: number, separations: readonly [number, number], imageCount: number) {
    const contenders = [];
    for (const [noiseSeed, separation] of separations.entries()) {
      const examples = probeExamples({ imageCount, classCount: 2, featureCount: 8, separation, taskSeed, noiseSeed });
      contenders.push({ id: `${noiseSeed}`, title: '', result: await crossValidate(examples, { seed: taskSeed }) });
    }
    return raceBackbones(contenders);
  }

  test('one of equal worth is seldom called better', async () => {
    const winners = [];
    for (let seed = 0; seed < 24; seed++) winners.push((await race(seed, [0.4, 0.4], 60)).winner);
    // One in forty is what two-sided p < 0.05 allows; four or more then happen once in 300 times.
    expect(winners.filter((winner) => winner === '1').length).toBeLessThan(4);
  });

  test('one that tells far more apart is called better nearly always', async () => {
    const winners = [];
    for (let seed = 0; seed < 10; seed++) winners.push((await race(seed, [0.2, 1], 120)).winner);
    expect(winners.filter((winner) => winner === '1').length).toBeGreaterThan(7);
  });

  test('answers by lot are called better in at most one of forty', () => {
    const draw = createRandom(5, 1004);
    const parts = { foldCount: 5, repeatCount: 3 };
    const lots = () => Array.from({ length: 200 }, () => (draw() < 0.85 ? 3 : 0));
    let falseAlarms = 0;
    for (let trial = 0; trial < 4000; trial++) {
      const contenders = ['0', '1'].map((id) => ({ id, title: '', result: { ...parts, rightCounts: lots() } }));
      if (raceBackbones(contenders).winner === '1') falseAlarms++;
    }
    expect(falseAlarms / 4000).toBeLessThanOrEqual(0.025);
    expect(falseAlarms / 4000).toBeGreaterThan(0.01); // and not because nothing ever wins
  });
});
