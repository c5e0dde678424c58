import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { AddEvent, BackboneChoice, BackboneOrder } from '../contract/backbones.ts';
import { EngineError } from '../contract/errors.ts';
import type { WorkerEvent } from '../contract/events.ts';
import { appRoot } from '../system/app-root.ts';
import { addedBackbonesFolder } from '../system/data-folder.ts';
import { readTextIfThere } from '../system/durable-file.ts';
import type { Lanes } from './lanes.ts';

/** What the page needs of `assets/catalogue.json` and of an added backbone's record; the engine reads the rest. */
const entry = z.object({
  id: z.string(),
  title: z.string(),
  licence: z.string(),
  parameterCount: z.int(),
  imageSize: z.int(),
  /** The installed backbone of the lowest rank is the default. */
  defaultRank: z.number(),
  onRequest: z.boolean().default(false),
  /** Absent where they are what comes first from its source. */
  files: z.array(z.object({ path: z.string(), bytes: z.int() })).optional(),
});
type Entry = z.infer<typeof entry>;

/**
 * The catalogue and what the user has added, and what of it is there. Only sizes are looked at: the engine checks hashes when
 * it loads one.
 */
export async function listBackbones(root = appRoot(), addedFolder = addedBackbonesFolder()): Promise<BackboneChoice[]> {
  const text = await readFile(join(root, 'assets', 'catalogue.json'), 'utf8');
  const { backbones } = z.object({ backbones: z.array(entry) }).parse(JSON.parse(text));
  const added = new Map((await readAdded(addedFolder)).map((own) => [own.id, own]));
  const own = [...added.values()].filter(({ id }) => !backbones.some((known) => known.id === id));
  const found = await Promise.all(
    [...backbones, ...own].map(async (known) => {
      const record = added.get(known.id);
      if (record && (await isWhole(record, join(addedFolder, known.id)))) {
        const { onRequest } = known;
        return { ...record, onRequest, isAdded: true, isInstalled: true };
      }
      const isInstalled = await isWhole(known, join(root, 'assets', 'backbones', known.id));
      return { ...known, isAdded: false, isInstalled };
    }),
  );
  const installed = found.filter(({ isInstalled }) => isInstalled);
  const offered = installed.length > 0 ? installed : found.filter(({ onRequest }) => !onRequest);
  const [first] = offered.toSorted((a, b) => a.defaultRank - b.defaultRank);
  return found.map(
    ({ id, title, parameterCount, imageSize, licence, isInstalled, isAdded, onRequest, files = [] }) => ({
      id,
      title,
      isInstalled,
      isOnRequest: onRequest,
      isAdded,
      isDefault: id === first?.id,
      parameterCount,
      imageSize,
      licence,
      sizeBytes: isInstalled ? files.reduce((sum, { bytes }) => sum + bytes, 0) : null,
    }),
  );
}

/** @throws EngineError  if the wanted backbone, or with none named every one, is missing */
export async function requireBackbone(
  id: string | undefined,
  root = appRoot(),
  addedFolder = addedBackbonesFolder(),
): Promise<void> {
  const choices = await listBackbones(root, addedFolder);
  const wanted = choices.filter((choice) => id === undefined || choice.id === id);
  const known = choices.map((choice) => choice.id).join(', ');
  const [first] = wanted;
  if (first === undefined) {
    throw new EngineError('backbone/unknown', `There is no backbone "${id}". Choose one of: ${known}.`, {
      backbone: id ?? '',
    });
  }
  if (wanted.some(({ isInstalled }) => isInstalled)) return;
  const which = id === undefined ? `none of the backbones (${known}) is` : `the backbone "${id}" is not`;
  const how = id !== undefined && first.isOnRequest ? `fovea backbones add ${id}` : 'npm run setup';
  const message = `Training starts from a pretrained backbone, and ${which} installed. Run: ${how}`;
  throw new EngineError('backbone/missing', message, { backbone: id ?? null });
}

/**
 * Brings a backbone, with progress as it comes.
 *
 * @param signal  aborted when nobody waits any more: the download then stops, and is gone on from the next time.
 */
export async function* addBackbone(
  order: BackboneOrder,
  lanes: Lanes,
  signal?: AbortSignal,
): AsyncGenerator<AddEvent, void> {
  const unseen: AddEvent[] = [];
  let wake = () => {};
  const onEvent = (event: WorkerEvent) => {
    if (event.type === 'download') unseen.splice(0, 1, event); // whoever reads slowly sees the latest alone
    wake();
  };
  const job = lanes.light('backbones', { kind: 'add-backbone', order }, { onEvent, signal });
  let isOver = false;
  void job
    .catch(() => undefined)
    .finally(() => {
      isOver = true;
      wake();
    });
  while (!isOver) {
    if (unseen.length === 0) await new Promise<void>((resolve) => (wake = resolve));
    yield* unseen.splice(0);
  }
  const { id } = await job;
  const backbone = (await listBackbones()).find((choice) => choice.id === id);
  if (backbone === undefined) throw new Error(`Backbone ${id} was added and is not there`);
  yield { type: 'added', backbone };
}

/**
 * Takes away a backbone that the user has added; one that came with the app stays.
 *
 * @throws EngineError `backbone/unknown` if there is none of that id
 */
export async function removeBackbone(id: string, addedFolder = addedBackbonesFolder()): Promise<void> {
  if (!(await readAdded(addedFolder)).some((own) => own.id === id)) {
    const message = `You have added no backbone "${id}", so there is none to remove. "fovea backbones" lists those that are here.`;
    throw new EngineError('backbone/unknown', message, { backbone: id });
  }
  await rm(join(addedFolder, id), { recursive: true });
}

/** A folder without a record of its own, such as a download that is not whole, is none. */
async function readAdded(folder: string): Promise<Entry[]> {
  const names: readonly string[] = await readdir(folder).catch(() => []); // nothing was ever added
  const found = await Promise.all(
    names.map(async (name) => {
      const text = await readTextIfThere(join(folder, name, 'backbone.json'));
      const parsed = text === null ? undefined : entry.safeParse(parseOrNull(text)).data;
      return parsed?.id === name ? [parsed] : [];
    }),
  );
  return found.flat();
}

/** A damaged record counts as none: its backbone is then missing, and adding it again mends it. */
function parseOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

async function isWhole(known: Entry | undefined, folder: string): Promise<boolean> {
  if (known?.files === undefined) return false;
  const present = await Promise.all(known.files.map(({ path, bytes }) => hasSize(join(folder, path), bytes)));
  return present.every(Boolean);
}

async function hasSize(file: string, bytes: number): Promise<boolean> {
  return stat(file).then(
    ({ size }) => size === bytes,
    () => false,
  );
}
