/** Which format a file really has, by its first bytes: names lie (a GIF called .jpg is a good GIF). */
import { fileTypeFromBuffer } from 'file-type';
import { skipReasons } from '../../contract/skip-reasons.ts';
import { refuse, type Refusal } from './refusal.ts';

export type PictureFormat = 'jpeg' | 'png' | 'webp' | 'avif' | 'gif' | 'tiff' | 'bmp' | 'heic';

/** Bytes from the start of a file that are enough to tell. */
export const HEAD_BYTES = 4096;

/**
 * @param head  the first `HEAD_BYTES` of a file, or all of it.
 * @returns     a format that can be decoded, or what the file is instead.
 */
export async function recogniseFormat(
  head: Buffer,
): Promise<{ readonly ok: true; readonly format: PictureFormat } | Refusal> {
  if (head.length === 0) return refuse(skipReasons.say('empty-file'));
  const format = pictureFormat(head);
  // Camera raw files are TIFFs whose first page is a thumbnail or a sensor's mosaic: neither is the photograph.
  const named = format === null || format === 'tiff' ? await nameOf(head) : null;
  if (named !== null && /cr2|nef|dng|arw/.test(named.ext)) {
    return refuse(skipReasons.say('camera-raw', { format: named.ext.toUpperCase() }));
  }
  return format === null ? refuse(explainOther(head, named)) : { ok: true, format };
}

function pictureFormat(head: Buffer): PictureFormat | null {
  const text = head.toString('latin1', 0, 16);
  if (text.startsWith('\xff\xd8\xff')) return 'jpeg';
  if (text.startsWith('\x89PNG\r\n\x1a\n')) return 'png';
  if (text.startsWith('GIF87a') || text.startsWith('GIF89a')) return 'gif';
  if (text.startsWith('RIFF') && text.startsWith('WEBP', 8)) return 'webp';
  if (/^(II[*+]\0|MM\0[*+])/.test(text)) return 'tiff';
  if (text.startsWith('BM') && isBitmapHeader(head)) return 'bmp';
  if (text.startsWith('ftyp', 4)) return brandFormat(head);
  return null;
}

/** "BM" alone begins many a text. */
function isBitmapHeader(head: Buffer): boolean {
  return head.length >= 18 && [12, 16, 40, 52, 56, 64, 108, 124].includes(head.readUInt32LE(14));
}

/** An ISO media file is what its brands say; the major one alone may be the neutral `mif1`. */
function brandFormat(head: Buffer): PictureFormat | null {
  const brands = head.toString('latin1', 8, Math.min(head.readUInt32BE(0), head.length, 256)).match(/.{4}/gs) ?? [];
  if (brands.some((brand) => brand === 'avif' || brand === 'avis')) return 'avif';
  return brands.some((brand) => /^(hei[cxms]|hev[cxms]|mif1|msf1)$/.test(brand)) ? 'heic' : null;
}

type Named = { readonly ext: string; readonly mime: string };

async function nameOf(head: Buffer): Promise<Named | null> {
  try {
    return (await fileTypeFromBuffer(head)) ?? null;
  } catch {
    return null; // a file made to confuse detectors has no name
  }
}

function explainOther(head: Buffer, named: Named | null): string {
  const start = head.toString('utf8', 0, 1024).trimStart().toLowerCase();
  if (/^(<\?xml|<!--|<!doctype svg|<svg)/.test(start) && start.includes('<svg')) {
    return skipReasons.say('drawing');
  }
  if (/^<(!doctype html|html|head|body)/.test(start)) return skipReasons.say('web-page');
  const isText = looksLikeText(head);
  const format = named?.ext.toUpperCase() ?? '';
  if (named !== null && /^(jpg|png|gif|webp|tif|bmp)$/.test(named.ext) && !isText) {
    return skipReasons.say('damaged-header', { format });
  }
  if (named?.mime.startsWith('image/') && !isText) return skipReasons.say('other-format', { format });
  if (named?.mime.startsWith('video/')) return skipReasons.say('video', { format });
  if (named !== null && !named.mime.startsWith('image/')) return skipReasons.say('other-file', { format });
  return skipReasons.say(isText ? 'text-file' : 'unknown-file');
}

function looksLikeText(head: Buffer): boolean {
  const text = head.toString('utf8');
  // A multi-byte letter may be cut at the end of the head.
  // eslint-disable-next-line no-control-regex -- control characters are what tells binary data from text
  return !/[\0-\x08\x0e-\x1f]/.test(text) && !text.slice(0, -4).includes('\ufffd');
}
