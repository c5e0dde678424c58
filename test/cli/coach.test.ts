import { readFile, readdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { coachReport, COACH_STEPS, type CoachReport } from '../../src-main/contract/coach.ts';
import { trainReport } from '../../src-main/contract/results.ts';
import { fovea, installedBackbones, temporaryFolder, type Ended } from '../helpers/cli.ts';

const backbones = await installedBackbones();
if (backbones.length === 0) process.stderr.write('Skipping the coach: no backbone is installed.\n');

describe.skipIf(backbones.length === 0)('the coach from the command line', () => {
  let pictures: string;
  let out: string;
  let ended: Ended;
  let report: CoachReport;

  beforeAll(async () => {
    const folder = await temporaryFolder();
    const drawn = await fovea(['demo', '--images', '24', '--out', folder, '--epochs', '1', '--formats', 'none']);
    expect(drawn.code, drawn.stderr).toBe(0);
    pictures = join(folder, 'pictures');
    out = join(folder, '코치');
    ended = await fovea(['coach', pictures, '--out', out, '--json']);
    report = coachReport.parse(JSON.parse(ended.stdout));
  });

  test('gives six verdicts and a proposal in one sentence, and writes what it prints', async () => {
    expect(ended.code, ended.stderr).toBe(0);
    expect(report.steps.map(({ step }) => step)).toEqual(COACH_STEPS);
    expect(report.proposal.sentence).toMatch(/^Learning rate [\d.]+ and weight decay [\d.]+.*%/);
    expect(JSON.parse(await readFile(join(out, 'coach.json'), 'utf8'))).toEqual(JSON.parse(ended.stdout));
  });

  test('finds nothing wrong with pictures that Fovea draws itself', () => {
    expect(report.steps.filter(({ verdict }) => verdict === 'fail')).toEqual([]);
  });

  test('refuses to replace a report, and replaces it when it may; in words it shows plots without colours', async () => {
    const refused = await fovea(['coach', pictures, '--out', out]);
    expect([refused.code, refused.stdout]).toEqual([3, '']);
    expect(refused.stderr).toContain('--overwrite');
    const { code, stdout } = await fovea(['coach', pictures, '--out', out, '--overwrite', '--learning-rate', '1e-7']);
    expect(code).toBe(0);
    expect(stdout).not.toContain('\u001b');
    expect(stdout).toMatch(/^✗ fail {2}3 Learning rate$/m);
    expect(stdout).toMatch(/Set the learning rate to [\d.]+ {2}\(--learning-rate [\d.]+\)/);
  });

  test('shows pictures that lie in a wrong folder', async () => {
    const [first = '', second = ''] = await readdir(pictures);
    for (const name of (await readdir(join(pictures, first))).slice(0, 8))
      await rename(join(pictures, first, name), join(pictures, second, `moved-${name}`));
    const { stdout } = await fovea(['coach', pictures, '--out', out, '--overwrite', '--json']);
    const { mistakes } = coachReport.parse(JSON.parse(stdout));
    expect(mistakes.some(({ path, predicted }) => path.includes('moved-') && predicted === first)).toBe(true);
    const html = await readFile(join(out, 'coach.html'), 'utf8');
    expect(html.match(/src="data:image\/webp;base64,/g)).toHaveLength(Math.min(12, mistakes.length));
  });

  test('examines a long run first, says so and changes nothing, unless it is switched off', async () => {
    const FOVEA_CACHE = await temporaryFolder();
    const tuning = [
      'train',
      pictures,
      '--mode',
      'upper',
      '--epochs',
      '5',
      '--patience',
      '1',
      '--formats',
      'none',
      '--json',
    ];
    const train = async (name: string, ...flags: string[]) => {
      const { code, stdout, stderr } = await fovea([...tuning, ...flags, '--out', join(out, name)], { FOVEA_CACHE });
      expect(code, stderr).toBe(0);
      return { report: trainReport.parse(JSON.parse(stdout)), stderr };
    };
    const first = await train('first', '--tune-epochs', '1');
    expect(first.report.coach).toBeUndefined(); // nothing is known of the time that it takes

    // The machine may be a fast one: let it be remembered as slow.
    const paceFile = join(FOVEA_CACHE, 'pace.json');
    const slower = (await readFile(paceFile, 'utf8')).replaceAll(/"tuneStepMs": [\d.]+/g, '"tuneStepMs": 10000');
    await writeFile(paceFile, slower);
    const { report: long, stderr } = await train('long', '--tune-epochs', '2');
    expect(long.coach?.steps.map(({ step }) => step)).toEqual(COACH_STEPS);
    expect(stderr).toContain('The run goes on with its settings as they are');
    expect(stderr).toMatch(/(✓ pass|! warn|✗ fail) {2}Refined grid/);

    await writeFile(paceFile, slower);
    const off = await train('off', '--tune-epochs', '2', '--no-coach');
    expect(off.report.coach).toBeUndefined();
    expect(long.accuracy).toEqual(off.report.accuracy);
  });

  test('refuses what cannot be trained', async () => {
    const { code, stderr } = await fovea(['coach', await temporaryFolder(), '--json']);
    expect(code).toBe(3);
    expect(stderr).toContain('fovea: ');
  });
});
