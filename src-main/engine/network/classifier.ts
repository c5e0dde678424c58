/**
 * A trained classifier, and Fovea's own folder for it:
 *
 *   fovea.json            labels, nodes, where it came from, and name and SHA-256 of the files below
 *   weights-<hash>.bin    little-endian float32, one after another
 *   check-<hash>.json     optional: the pictures it was validated with, so that a later export can be checked
 *   calibration-<hash>.json  optional: training pictures that stand for all, for formats that are cut to what they give
 *
 * They are named after their content and written first; `fovea.json`, renamed into place last, is the only commit
 * point. So whatever ends the process, the folder holds the old model or the new one, never a mixture, and nothing of
 * the user's that lies there is touched (replacing the whole folder would need two renames and would take it along).
 */
import { createHash } from 'node:crypto';
import { mkdir, readFile, readdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { writeFileDurably } from '../../system/durable-file.ts';
import { z } from 'zod';
import { EngineError } from '../../contract/errors.ts';
import { DECODE_RECIPE } from '../images/recipe.ts';
import type { Network } from './network.ts';
import { packNetwork, storedNode, unpackNetwork } from './network-file.ts';
import { InvalidNetworkError, finalShape, inferShapes } from './shapes.ts';

const FORMAT_VERSION = 1;
const HEADER_FILE = 'fovea.json';
const CONTENT_FILE = /^(weights|check|calibration)-[0-9a-f]{16}\.(bin|json)$/;

/** A picture that checks an export: what the app itself says of it. */
const checkPicture = z.object({
  /** Absolute path. */
  file: z.string(),
  /** SHA-256 of the file when it was used, hex: a picture that has changed since proves nothing. */
  sha256: z.string().optional(),
  /** In the order of the labels. */
  probabilities: z.array(z.number()),
  /** Number of the label that it was validated with; models of earlier versions lack it. */
  truth: z.int().min(0).optional(),
});
export type CheckPicture = z.infer<typeof checkPicture>;

/** A training picture that calibrates formats of 8 bits. */
const calibrationPicture = z.object({
  /** Absolute path. */
  file: z.string(),
  /** SHA-256 of the file when it was trained with, hex. */
  sha256: z.string(),
});
type CalibrationPicture = z.infer<typeof calibrationPicture>;

export interface Classifier {
  /** From pixels to `probabilities`. */
  readonly network: Network;
  /** Class names in the order of the probabilities. */
  readonly labels: readonly string[];
  /** Catalogue id of the backbone. */
  readonly backbone: string;
  /** Side of the square that the network sees, pixels. */
  readonly imageSize: number;
  /** Licence of the backbone's weights, SPDX. */
  readonly licence: string;
  /** How it came to be, free in form: when, settings, accuracy. Kept as JSON. */
  readonly provenance: Readonly<Record<string, unknown>>;
  readonly validation?: readonly CheckPicture[];
  readonly calibration?: readonly CalibrationPicture[];
}

const contentFile = z.object({ file: z.string().regex(CONTENT_FILE), sha256: z.string() });
const header = z.object({
  format: z.literal('fovea-classifier'),
  formatVersion: z.literal(FORMAT_VERSION),
  labels: z.array(z.string()).min(1),
  backbone: z.string(),
  imageSize: z.int().positive(),
  licence: z.string(),
  /** Version of the way from file to pixels that it was trained with. */
  decodeRecipe: z.int(),
  provenance: z.record(z.string(), z.unknown()),
  nodes: z.array(storedNode).min(1),
  weights: contentFile,
  validation: contentFile.nullable(),
  /** Absent before 0.2. */
  calibration: contentFile.nullable().default(null),
});

/**
 * Writes a classifier into a folder, made if need be, in place of one that is there.
 *
 * @throws InvalidNetworkError if network and labels do not belong together; the system's error if the disk refuses.
 */
export async function saveClassifier(folder: string, classifier: Classifier): Promise<void> {
  requireFits(classifier.network, classifier.labels, classifier.imageSize);
  const { nodes, weights } = packNetwork(classifier.network);
  await mkdir(folder, { recursive: true });
  const stored: z.infer<typeof header> = {
    format: 'fovea-classifier',
    formatVersion: FORMAT_VERSION,
    labels: [...classifier.labels],
    backbone: classifier.backbone,
    imageSize: classifier.imageSize,
    licence: classifier.licence,
    decodeRecipe: DECODE_RECIPE.version,
    provenance: { ...classifier.provenance },
    nodes,
    weights: await writeContent(folder, 'weights', 'bin', weights),
    validation: await writeList(folder, 'check', classifier.validation),
    calibration: await writeList(folder, 'calibration', classifier.calibration),
  };
  await writeFileDurably(join(folder, HEADER_FILE), `${JSON.stringify(stored, null, 1)}\n`);
  const used = [stored.weights.file, stored.validation?.file, stored.calibration?.file];
  const stale = (await readdir(folder)).filter((name) => CONTENT_FILE.test(name) && !used.includes(name));
  await Promise.all(stale.map((name) => rm(join(folder, name), { force: true })));
}

/**
 * Reads what `saveClassifier` wrote; every byte of the weights is checked.
 *
 * @throws EngineError `model/not-found` where there is none, `model/corrupt` where it cannot be trusted.
 */
export async function loadClassifier(folder: string): Promise<Classifier> {
  const stored = parseHeader(folder, await readHeader(folder));
  const [weights, validation, calibration] = await Promise.all([
    readContent(folder, stored.weights),
    stored.validation && readContent(folder, stored.validation),
    stored.calibration && readContent(folder, stored.calibration),
  ]);
  try {
    const network = unpackNetwork(stored.nodes, weights);
    requireFits(network, stored.labels, stored.imageSize);
    const { labels, backbone, imageSize, licence, provenance } = stored;
    return {
      ...{ network, labels, backbone, imageSize, licence, provenance },
      ...(validation ? { validation: parseList(checkPicture, validation) } : {}),
      ...(calibration ? { calibration: parseList(calibrationPicture, calibration) } : {}),
    };
  } catch (cause) {
    throw corrupt(folder, reasonOf(cause), cause);
  }
}

async function readHeader(folder: string): Promise<string> {
  try {
    return await readFile(join(folder, HEADER_FILE), 'utf8');
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
    if (code !== 'ENOENT' && code !== 'ENOTDIR')
      throw corrupt(folder, `${HEADER_FILE} cannot be read (${code})`, cause);
    throw new EngineError(
      'model/not-found',
      `There is no Fovea model in ${resolve(folder)}: it has no ${HEADER_FILE}. Give the folder that training wrote.`,
      { folder },
      { cause },
    );
  }
}

function parseHeader(folder: string, text: string): z.infer<typeof header> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw corrupt(folder, `${HEADER_FILE} is not whole JSON`, cause);
  }
  const version = z.object({ formatVersion: z.int() }).safeParse(json).data?.formatVersion;
  if (version !== undefined && version > FORMAT_VERSION)
    throw tooNew(folder, `has format ${version}; this Fovea reads up to ${FORMAT_VERSION}`);
  const parsed = header.safeParse(json);
  if (parsed.success) {
    const { decodeRecipe } = parsed.data;
    if (decodeRecipe === DECODE_RECIPE.version) return parsed.data;
    throw tooNew(
      folder,
      `was trained on pictures read in way ${decodeRecipe}; this Fovea knows ${DECODE_RECIPE.version}`,
    );
  }
  const [issue] = parsed.error.issues;
  throw corrupt(folder, `${HEADER_FILE}: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`, parsed.error);
}

async function writeContent(folder: string, kind: string, extension: string, content: Uint8Array) {
  const sha256 = createHash('sha256').update(content).digest('hex');
  const file = `${kind}-${sha256.slice(0, 16)}.${extension}`;
  await writeFileDurably(join(folder, file), content);
  return { file, sha256 };
}

async function writeList(folder: string, kind: string, pictures: readonly unknown[] | undefined) {
  return pictures === undefined ? null : writeContent(folder, kind, 'json', Buffer.from(JSON.stringify(pictures)));
}

function parseList<Schema extends z.ZodType>(picture: Schema, content: Buffer): z.infer<Schema>[] {
  return z.array(picture).parse(JSON.parse(content.toString('utf8')));
}

async function readContent(folder: string, { file, sha256 }: z.infer<typeof contentFile>): Promise<Buffer> {
  const content = await readFile(join(folder, file)).catch((cause: unknown) => {
    throw corrupt(folder, `${file} is missing or cannot be read`, cause);
  });
  if (createHash('sha256').update(content).digest('hex') === sha256) return content;
  throw corrupt(folder, `${file} (${content.length} bytes) is not what training wrote`);
}

function requireFits(network: Network, labels: readonly string[], imageSize: number): void {
  const [inputShape = []] = inferShapes(network).values();
  if (inputShape.join() !== [imageSize, imageSize, 3].join())
    throw new InvalidNetworkError(`The network takes [${inputShape.join(', ')}], not RGB pictures of ${imageSize} px`);
  if (finalShape(network).join() !== String(labels.length) || network.nodes.at(-1)?.op !== 'softmax')
    throw new InvalidNetworkError(`The network does not end in ${labels.length} probabilities, one a label`);
}

function reasonOf(cause: unknown): string {
  if (cause instanceof z.ZodError) return 'a list of pictures is malformed';
  return cause instanceof Error ? cause.message : String(cause);
}

function tooNew(folder: string, what: string): EngineError {
  return new EngineError('model/corrupt', `The model in ${resolve(folder)} ${what}. Update Fovea.`, { folder });
}

function corrupt(folder: string, reason: string, cause?: unknown): EngineError {
  return new EngineError(
    'model/corrupt',
    `The model in ${resolve(folder)} is damaged: ${reason}. Copy it again from where it was trained, or train it again.`,
    { folder, reason },
    { cause },
  );
}
