import { readFile, readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { coachReport, COACH_STEPS, type CoachReport } from '../../src-main/contract/coach.ts';
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

  test('refuses what cannot be trained', async () => {
    const { code, stderr } = await fovea(['coach', await temporaryFolder(), '--json']);
    expect(code).toBe(3);
    expect(stderr).toContain('fovea: ');
  });
});
