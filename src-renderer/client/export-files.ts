/** What an exported zip holds, read from the very file that the user downloads. */
import type { ExportFormat } from '../../src-main/contract/training.ts';
import { exportUrl } from './urls.ts';

export interface ExportedFile {
  readonly name: string;
  readonly bytes: number;
}

export interface Sample {
  readonly name: string;
  readonly language: string;
  readonly text: string;
}

export interface ExportContents {
  readonly files: readonly ExportedFile[];
  readonly samples: readonly Sample[];
}

/** Sample code by its ending. */
const LANGUAGES: Readonly<Record<string, string>> = {
  py: 'Python',
  js: 'JavaScript',
  mjs: 'JavaScript',
  html: 'HTML',
  cs: 'C#',
  kt: 'Kotlin',
  swift: 'Swift',
};
const LARGEST_SAMPLE = 200_000;

export async function readExport(projectId: string, runId: string, format: ExportFormat): Promise<ExportContents> {
  const response = await fetch(exportUrl(projectId, runId, format));
  if (!response.ok) throw new TypeError(`${response.status} ${response.statusText}`);
  return contentsOf(await response.blob());
}

/** Only the samples are unpacked. */
export async function contentsOf(zip: Blob): Promise<ExportContents> {
  const { entriesOf, isFile, textOf } = await import('./zip-entries.ts');
  const entries = (await entriesOf(zip)).filter(isFile);
  const files = entries.map(({ filename: name, uncompressedSize: bytes }) => ({ name, bytes }));
  const samples: Sample[] = [];
  for (const entry of entries) {
    const language = languageOf(entry.filename);
    if (language === null || entry.uncompressedSize > LARGEST_SAMPLE) continue;
    samples.push({ name: entry.filename, language, text: await textOf(entry) });
  }
  return { files, samples };
}

function languageOf(name: string): string | null {
  return LANGUAGES[name.split('.').at(-1) ?? ''] ?? null;
}
