/**
 * What the classes of a run are called now. A run knows its classes by the names that they had when it was started, and by
 * their ids, which no renaming changes.
 */
import type { EditedDataset, NewName } from '../contract/jobs.ts';
import type { RunEvent } from '../contract/events.ts';
import type { FilePrediction } from '../contract/predictions.ts';
import type { Evaluation, TrainReport } from '../contract/results.ts';

/** A class whose name is not its id. */
export interface ClassId {
  readonly name: string;
  readonly id: string;
}

/** Of the classes that are there, those whose name is not their id. */
export function classIdsOf({ classNames }: Pick<EditedDataset, 'classNames'>): ClassId[] {
  return classNames.filter(({ isLive }) => isLive).map(({ name, id }) => ({ name, id }));
}

/**
 * New names of a run's classes, where they have any. Classes that are merged, removed or gone since keep their last name, with
 * a number behind it where another class of the run is called so now: two labels of a model are never the same.
 *
 * @param labels   the run's classes as it knows them.
 * @param classIds  of the run, as `classIdsOf` gave them when it was started.
 */
export function newNamesOf(
  labels: readonly string[],
  classIds: readonly ClassId[],
  { classNames }: Pick<EditedDataset, 'classNames'>,
): NewName[] {
  const idOf = new Map(classIds.map(({ name, id }) => [name, id]));
  const now = new Map(classNames.map(({ id, ...rest }) => [id, rest]));
  const current = labels.map((label) => now.get(idOf.get(label) ?? label) ?? { name: label, isLive: false });
  const taken = new Set(current.filter(({ isLive }) => isLive).map(({ name }) => name));
  const names = current.map(({ name, isLive }) => {
    if (isLive) return name;
    let free = name;
    for (let number = 2; taken.has(free); number++) free = `${name} (${number})`;
    taken.add(free);
    return free;
  });
  return labels.flatMap((from, index) => {
    const to = names[index] ?? from;
    return to === from ? [] : [{ from, to }];
  });
}

type Rename = (name: string) => string;

function renamer(newNames: readonly NewName[]): Rename {
  const nameOf = new Map(newNames.map(({ from, to }) => [from, to]));
  return (name) => nameOf.get(name) ?? name;
}

export function renameInReport(report: TrainReport, newNames: readonly NewName[]): TrainReport {
  if (newNames.length === 0) return report;
  const rename = renamer(newNames);
  const byClass = Object.entries(report.counts.byClass).map(([name, count]) => [rename(name), count] as const);
  const counts = { ...report.counts, byClass: Object.fromEntries(byClass) };
  return { ...report, classes: report.classes.map(rename), counts };
}

export function renameInEvaluation(evaluation: Evaluation, newNames: readonly NewName[]): Evaluation {
  if (newNames.length === 0) return evaluation;
  const rename = renamer(newNames);
  return {
    ...evaluation,
    classes: evaluation.classes.map(rename),
    perClass: evaluation.perClass.map((one) => ({ ...one, name: rename(one.name) })),
    predictions: evaluation.predictions.map((one) => ({
      ...one,
      truth: rename(one.truth),
      predicted: rename(one.predicted),
    })),
  };
}

/** The classes that an event of a run names; most name none. */
export function labelsIn({ event }: RunEvent): readonly string[] {
  if (event.type === 'watched') return event.classes;
  return event.type === 'finished' ? event.report.classes : [];
}

export function renameInEvent(numbered: RunEvent, newNames: readonly NewName[]): RunEvent {
  const { event } = numbered;
  if (event.type === 'watched') {
    return { ...numbered, event: { ...event, classes: event.classes.map(renamer(newNames)) } };
  }
  if (event.type !== 'finished') return numbered;
  return { ...numbered, event: { ...event, report: renameInReport(event.report, newNames) } };
}

export function renameInPrediction(prediction: FilePrediction, newNames: readonly NewName[]): FilePrediction {
  if (newNames.length === 0) return prediction;
  const rename = renamer(newNames);
  const probabilities = Object.entries(prediction.probabilities).map(([name, value]) => [rename(name), value] as const);
  return { ...prediction, predicted: rename(prediction.predicted), probabilities: Object.fromEntries(probabilities) };
}
