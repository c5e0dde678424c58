import cliProgress from 'cli-progress';
import { COACH_STEPS, type CoachStep, type CoachStepName } from '../contract/coach.ts';
import type { Stage, WorkerEvent } from '../contract/events.ts';
import { coachLines, STEP_TITLE } from './coach-words.ts';
import { costLine } from './cost-words.ts';

/** Shows a job's events while it runs: one moving bar on a terminal, plain lines in a pipe. Always on stderr. */
export interface ProgressView {
  show(event: WorkerEvent): void;
  end(): void;
}

type Download = Extract<WorkerEvent, { type: 'download' }>;

const STAGE_TITLE: Readonly<Record<Stage, string>> = {
  read: 'Read pictures',
  features: 'Features',
  train: 'Train',
  evaluate: 'Check',
  export: 'Export',
};

export function createProgressView(stream: NodeJS.WriteStream = process.stderr): ProgressView {
  return stream.isTTY ? terminalBar(stream) : plainLines(stream);
}

function terminalBar(stream: NodeJS.WriteStream): ProgressView {
  const bar = new cliProgress.SingleBar(
    {
      stream,
      format: '{title} {bar} {value}/{total}  {eta_formatted} left  {note}',
      barsize: 28,
      clearOnComplete: true,
      hideCursor: true,
      etaBuffer: 30,
    },
    cliProgress.Presets.shades_classic,
  );
  let current: Stage | 'download' | null = null;
  const steps: CoachStep[] = [];
  function showDownload({ doneBytes, totalBytes }: Download): void {
    const done = Math.round(doneBytes / 1e6);
    const total = Math.round((totalBytes ?? doneBytes) / 1e6);
    if (current !== 'download') bar.start(total, done, { title: 'Download (MB)', note: '' });
    current = 'download';
    bar.setTotal(total);
    bar.update(done);
  }
  function advance(stage: Stage, done: number, total: number, note = ''): void {
    const payload = { title: STAGE_TITLE[stage].padEnd(13), note };
    if (stage !== current) {
      if (current !== null) bar.stop();
      bar.start(total, done, payload);
      current = stage;
    }
    bar.setTotal(total);
    bar.update(done, payload);
  }
  return {
    show(event) {
      if (event.type === 'cost') {
        if (current !== null) bar.stop();
        current = null;
        stream.write(`${costLine(event.cost)}.\n`);
      }
      if (event.type === 'progress') advance(event.stage, event.done, event.total);
      if (event.type === 'writing') advance('export', event.number - 1, event.of, event.format);
      if (event.type === 'epoch') advance('train', event.epoch, event.of, epochNote(event));
      if (event.type === 'download') showDownload(event);
      if (event.type === 'coach-start') {
        if (current !== null) bar.stop();
        current = null;
        stream.write(`${startLine(event.step)}\n`);
      }
      if (event.type === 'coach-step') steps.push(event.step);
      if (event.type === 'coach-end') stream.write(`${coachLines(steps, event.proposal).join('\n')}\n`);
    },
    end: () => bar.stop(),
  };
}

function plainLines(stream: NodeJS.WriteStream): ProgressView {
  let lastTenth = '';
  const steps: CoachStep[] = [];
  const line = (text: string) => stream.write(`${text}\n`);
  return {
    show(event) {
      switch (event.type) {
        case 'backend':
          line(`Backbone ${event.backbone} on ${event.backend.trunk}; training on ${event.backend.tail}.`);
          break;
        case 'cost':
          line(`${costLine(event.cost)}.`);
          break;
        case 'stage':
          line(`${STAGE_TITLE[event.stage]}${event.total === null ? '' : `: ${event.total}`}`);
          break;
        case 'progress': {
          const tenth = `${event.stage} ${Math.floor((event.done / Math.max(1, event.total)) * 10)}`;
          if (tenth !== lastTenth) line(`${STAGE_TITLE[event.stage]} ${event.done}/${event.total}`);
          lastTenth = tenth;
          break;
        }
        case 'epoch':
          line(`Epoch ${event.epoch}/${event.of}: ${epochNote(event)}${event.isBest ? ', best so far' : ''}`);
          break;
        case 'writing':
          line(`Write ${event.format} (${event.number} of ${event.of})`);
          break;
        case 'skipped':
          line(skippedLine(event));
          break;
        case 'download': {
          const tenth = `download ${event.totalBytes === null ? '' : Math.floor((event.doneBytes / event.totalBytes) * 10)}`;
          if (tenth !== lastTenth) line(`Download ${megabytes(event.doneBytes)} of ${megabytes(event.totalBytes)} MB`);
          lastTenth = tenth;
          break;
        }
        case 'coach-start':
          line(startLine(event.step));
          break;
        case 'coach-step':
          steps.push(event.step);
          break;
        case 'coach-end':
          coachLines(steps, event.proposal).forEach(line);
          break;
        case 'diagnostics':
        case 'watched':
        case 'exported':
          break; // the summary tells it
      }
    },
    end: () => undefined,
  };
}

function megabytes(bytes: number | null): string {
  return bytes === null ? '?' : (bytes / 1e6).toFixed(1);
}

function epochNote(event: Extract<WorkerEvent, { type: 'epoch' }>): string {
  const percent = (event.validationAccuracy * 100).toFixed(1);
  return `loss ${event.trainLoss.toFixed(4)}, validation loss ${event.validationLoss.toFixed(4)}, accuracy ${percent} %`;
}

/** "Step 3 of 6: learning rate". */
function startLine(step: CoachStepName): string {
  return `Step ${COACH_STEPS.indexOf(step) + 1} of ${COACH_STEPS.length}: ${STEP_TITLE[step].toLowerCase()}`;
}

const skippedLine = (event: Extract<WorkerEvent, { type: 'skipped' }>): string =>
  `Left out ${event.file.path}: ${event.file.reason}`;
