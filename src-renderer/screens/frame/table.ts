/** The screens of a project. A new one is a line here, a step in lib/route.ts and a file beside this one. */
import type { Component } from 'svelte';
import Blend from '@lucide/svelte/icons/blend';
import ChartSpline from '@lucide/svelte/icons/chart-spline';
import Compass from '@lucide/svelte/icons/compass';
import FlaskConical from '@lucide/svelte/icons/flask-conical';
import Images from '@lucide/svelte/icons/images';
import ListChecks from '@lucide/svelte/icons/list-checks';
import ScanEye from '@lucide/svelte/icons/scan-eye';
import Share from '@lucide/svelte/icons/share';
import { COACH_STEPS } from '../../../src-main/contract/coach.ts';
import type { RailState } from './Rail.svelte';
import { kindsOn } from '../../lib/augment-kinds.ts';
import { isApplied } from '../../lib/coach-changes.ts';
import { formatPercent } from '../../lib/format.ts';
import { headlineAccuracy } from '../../lib/headline.ts';
import { latestRun } from '../../lib/latest-run.ts';
import type { Step } from '../../lib/route.ts';
import { count } from '../../lib/words.ts';
import { m } from '../../paraglide/messages.js';
import type { ProjectState } from '../../state/project.svelte.ts';

export interface ScreenProps {
  readonly project: ProjectState;
  /** Null: the screen decides. */
  readonly runId: string | null;
  readonly query: Readonly<Record<string, string>>;
}

export interface ProjectScreen {
  readonly step: Exclude<Step, 'settings'>;
  /** Of the shortcut: pressed after G. */
  readonly key: string;
  readonly Icon: typeof Images;
  readonly name: () => string;
  /** Brings the screen's own part of the page. */
  readonly load: () => Promise<{ readonly default: Component<ScreenProps> }>;
  /** What the rail says of it in a few characters; absent: nothing. */
  readonly state?: (project: ProjectState) => RailState | null;
}

export const SCREENS: readonly ProjectScreen[] = [
  {
    step: 'data',
    key: 'D',
    Icon: Images,
    name: m.step_data,
    load: () => import('../data/Data.svelte'),
    state: pictureCount,
  },
  {
    step: 'augment',
    key: 'A',
    Icon: Blend,
    name: m.step_augment,
    load: () => import('../augment/Augment.svelte'),
    state: varying,
  },
  {
    step: 'train',
    key: 'T',
    Icon: ChartSpline,
    name: m.step_train,
    load: () => import('../train/TrainOrRuns.svelte'),
    state: training,
  },
  {
    step: 'coach',
    key: 'C',
    Icon: Compass,
    name: m.step_coach,
    load: () => import('../coach/Coach.svelte'),
    state: coaching,
  },
  {
    step: 'evaluate',
    key: 'E',
    Icon: ListChecks,
    name: m.step_evaluate,
    load: () => import('../evaluate/Evaluate.svelte'),
    state: accuracy,
  },
  { step: 'try', key: 'Y', Icon: ScanEye, name: m.step_try, load: () => import('../try/Try.svelte') },
  { step: 'export', key: 'X', Icon: Share, name: m.step_export, load: () => import('../export/Export.svelte') },
  { step: 'lab', key: 'L', Icon: FlaskConical, name: m.step_lab, load: () => import('../lab/Lab.svelte') },
];

function pictureCount({ dataset }: ProjectState): RailState | null {
  return dataset ? { text: count(dataset.imageCount), isLive: false } : null;
}

function varying({ nextConfig }: ProjectState): RailState | null {
  if (nextConfig.augmentation === 'off') return null;
  return { text: m.augment_on({ count: count(kindsOn(nextConfig).length) }), isLive: false };
}

function training({ liveRun }: ProjectState): RailState | null {
  return liveRun === null ? null : { text: formatPercent(liveRun.fraction, 0), isLive: true };
}

function coaching({ coach, nextConfig }: ProjectState): RailState | null {
  const steps = coach.state?.steps ?? [];
  if (coach.isLive)
    return { text: m.done_of({ done: count(steps.length), total: count(COACH_STEPS.length) }), isLive: true };
  const tips = steps.flatMap(({ actions }) => actions).filter(({ changes }) => !isApplied(changes, nextConfig)).length;
  return tips === 0 ? null : { text: m.coach_tips({ count: count(tips) }), isLive: false };
}

function accuracy({ finishedRuns }: ProjectState): RailState | null {
  const latest = latestRun(finishedRuns);
  return latest?.report ? { text: formatPercent(headlineAccuracy(latest.report)), isLive: false } : null;
}
