/** The views of test-time augmentation: which crops of which sizes of a picture the network sees. */
import { EngineError } from '../../contract/errors.ts';
import type { ViewPart } from '../../contract/results.ts';
import {
  CROP_PLACES,
  CROPS,
  type Crop,
  type CropPlace,
  type TtaSettings,
} from '../../contract/test-time-augmentation.ts';

export interface View {
  /** Shorter side of the picture before it is cut, pixels. */
  readonly scale: number;
  readonly place: CropPlace;
  /** Whether the crop is mirrored left and right. */
  readonly isFlipped: boolean;
}

/** A picture as it is: the way of training and of plain prediction. */
export const PLAIN_CROP = 'centre' satisfies Crop;

/** Test scales of He et al. 2015, arXiv:1512.03385, section 3.4, for an input of 224 pixels. */
const RESNET_SCALES = [224, 256, 384, 480, 640] as const;
const RESNET_INPUT = 224;

/** At 4,096 pixels a crop of 224 sees a thirtieth of the height: there is nothing whole left to recognise. */
const LARGEST_SCALE = 4096;
/** Every scale is another decode, and five crops in memory. */
const MOST_SCALES = 16;

/** What settings come to for a network. */
export interface ViewPlan {
  readonly scales: readonly number[];
  readonly crops: readonly Crop[];
  /** Scales times crops, scale by scale. */
  readonly views: readonly View[];
}

/**
 * @param imageSize  side of the network's input, pixels. Scales that the settings leave out keep the proportion that the
 *                   published ones have to 224.
 * @throws EngineError `setting/out-of-range` that names the setting, its value and what is allowed.
 */
export function planViews({ scales: wanted, crops: wantedCrops }: TtaSettings, imageSize: number): ViewPlan {
  const scales = [...new Set(wanted ?? RESNET_SCALES.map((scale) => Math.round((scale * imageSize) / RESNET_INPUT)))];
  requireScales(scales, imageSize);
  const crops = cropsOf(wantedCrops);
  const views = scales.flatMap((scale) => crops.map((crop) => ({ scale, ...CROP_PARTS[crop] })));
  return { scales, crops, views };
}

function requireScales(scales: readonly number[], imageSize: number): void {
  const allowed = `whole numbers from ${imageSize} (the side of the network's input) to ${LARGEST_SCALE}`;
  if (scales.length === 0 || scales.length > MOST_SCALES) {
    const count = `1 to ${MOST_SCALES} of them`;
    throw outOfRange('scales', scales.length === 0 ? 'none' : `${scales.length} scales`, `${count}, ${allowed}`);
  }
  for (const scale of scales)
    if (!Number.isInteger(scale) || scale < imageSize || scale > LARGEST_SCALE)
      throw outOfRange('scales', String(scale), allowed);
}

function cropsOf(wanted: TtaSettings['crops']): readonly Crop[] {
  if (wanted === 'ten') return CROPS;
  if (wanted === 'five') return CROP_PLACES;
  const crops = new Set(wanted === 'centre' ? [PLAIN_CROP] : wanted);
  if (crops.size === 0) throw outOfRange('crops', 'none', `centre, five, ten, or some of ${CROPS.join(', ')}`);
  return CROPS.filter((crop) => crops.has(crop));
}

function outOfRange(setting: 'scales' | 'crops', value: string, allowed: string): EngineError {
  const message = `Test-time augmentation cannot use ${setting} ${value}. Allowed are ${allowed}.`;
  return new EngineError('setting/out-of-range', message, { setting, value, allowed });
}

const FLIPPED = '-flipped';
const CROP_PARTS = Object.fromEntries(
  CROPS.map((crop) => {
    const place = crop.replace(FLIPPED, '') as CropPlace; // as: that is how the names are made
    return [crop, { place, isFlipped: crop.endsWith(FLIPPED) }];
  }),
) as Readonly<Record<Crop, Omit<View, 'scale'>>>; // as: an entry a crop

/** Some of the views, by their numbers. */
export interface ViewGroup extends Pick<ViewPart, 'kind' | 'name'> {
  readonly members: readonly number[];
  readonly others: readonly number[];
}

/** By scale, by place and by flip, wherever there is more than one of a kind. */
export function groupViews(views: readonly View[]): ViewGroup[] {
  const by = (kind: ViewPart['kind'], nameOf: (view: View) => string): ViewGroup[] => {
    const names = [...new Set(views.map(nameOf))];
    if (names.length < 2) return [];
    const numbers = [...views.keys()];
    const isOf = (name: string) => (number: number) => nameOf(views[number] as View) === name; // as: a number of the list
    return names.map((name) => ({
      kind,
      name,
      members: numbers.filter(isOf(name)),
      others: numbers.filter((number) => !isOf(name)(number)),
    }));
  };
  return [
    ...by('scale', ({ scale }) => String(scale)),
    ...by('place', ({ place }) => (place === 'centre' ? 'centre' : 'corners')),
    ...by('flip', ({ isFlipped }) => (isFlipped ? 'flipped' : 'unflipped')),
  ];
}
