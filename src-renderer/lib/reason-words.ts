/** Why something is not used or not better, in the language that holds, read back from the engine's own sentences. */
import { deviceReasons, notRunReasons } from '../../src-main/contract/device-reasons.ts';
import type { Phrases, PhraseValues } from '../../src-main/contract/phrases.ts';
import { skipReasons } from '../../src-main/contract/skip-reasons.ts';
import { m } from '../paraglide/messages.js';

type CodeOf<Table> = Table extends Phrases<infer Code> ? Code : never;
/** A message takes the values that its code comes with; those of a pattern and of its message have the same names. */
type Words<Table> = Readonly<Record<CodeOf<Table>, (values: never) => string>>;

const SKIPPED: Words<typeof skipReasons> = {
  'empty-file': m.skip_empty_file,
  truncated: m.skip_truncated,
  damaged: m.skip_damaged,
  'damaged-size': m.skip_damaged_size,
  'damaged-header': m.skip_damaged_header,
  'damaged-content': m.skip_damaged_content,
  'many-pixels': m.skip_many_pixels,
  'long-side': m.skip_long_side,
  'large-file': m.skip_large_file,
  'no-memory': m.skip_no_memory,
  'too-slow': m.skip_too_slow,
  'rare-variant': m.skip_rare_variant,
  'rare-bmp': m.skip_rare_bmp,
  'camera-raw': m.skip_camera_raw,
  drawing: m.skip_drawing,
  'other-format': m.skip_other_format,
  'many-channels': m.skip_many_channels,
  channels: m.skip_channels,
  depth: m.skip_depth,
  'web-page': m.skip_web_page,
  'text-file': m.skip_text_file,
  video: m.skip_video,
  'other-file': m.skip_other_file,
  'unknown-file': m.skip_unknown_file,
  folder: m.skip_folder,
  device: m.skip_device,
  'no-permission': m.skip_no_permission,
  gone: m.skip_gone,
  'link-circle': m.skip_link_circle,
  'long-path': m.skip_long_path,
  'disk-error': m.skip_disk_error,
  locked: m.skip_locked,
  'bad-name': m.skip_bad_name,
  system: m.skip_system,
  'link-nowhere': m.skip_link_nowhere,
  'counted-root': m.skip_counted_root,
  counted: m.skip_counted,
  'system-file': m.skip_system_file,
  'hidden-file': m.skip_hidden_file,
  'no-class': m.skip_no_class,
  'no-split': m.skip_no_split,
  'no-pictures': m.skip_no_pictures,
  'empty-folder': m.skip_empty_folder,
  'untrained-class': m.skip_untrained_class,
  'unknown-class': m.skip_unknown_class,
  changed: m.skip_changed,
};

const DEVICE: Words<typeof deviceReasons> = {
  'no-card': m.device_why_no_card,
  'card-unseen': m.device_why_card_unseen,
  'tier-forced': m.device_why_tier_forced,
  'native-missing': m.device_why_native_missing,
  'native-broken': m.device_why_native_broken,
  'native-silent': m.device_why_native_silent,
  'native-crashed': m.device_why_native_crashed,
  untried: m.device_why_untried,
  slower: m.device_why_slower,
  wrong: m.device_why_wrong,
  unable: m.device_why_unable,
  'gone-since': m.device_why_gone_since,
};

const NOT_RUN: Words<typeof notRunReasons> = {
  tensorflow: m.not_run_why_tensorflow,
  keras: m.not_run_why_keras,
  'core-ml': m.not_run_why_core_ml,
};

/** What the page has words for, and what an earlier version or a system wrote as it stands. */
function worded<Code extends string>(
  phrases: Phrases<Code>,
  words: Readonly<Record<Code, (values: never) => string>>,
  text: string,
): string {
  const known = phrases.read(text);
  if (known === null) return text;
  const say = words[known.code] as (values: PhraseValues) => string; // as: `read` gives the values that the code's pattern has
  return say(known.values);
}

/** Why a file or a folder is not used. */
export const skipWords = (reason: string): string => worded(skipReasons, SKIPPED, reason);

/** Why an export was not run here. */
export const notRunWords = (reason: string): string => worded(notRunReasons, NOT_RUN, reason);

/** Why nothing faster is in use: a sentence for each reason. */
export function deviceWords(whyNotBetter: string): string {
  const reasons: string[] = [];
  for (const part of whyNotBetter.split('. ')) {
    const isOwn = reasons.length === 0 || deviceReasons.read(part) !== null;
    if (isOwn) reasons.push(part);
    else reasons.push(`${reasons.pop() ?? ''}. ${part}`); // what a driver says has full stops too
  }
  return reasons.map((reason) => worded(deviceReasons, DEVICE, reason)).join('. ');
}
