/** What an exported zip holds, read from the very file that the user downloads. */
import { unzipSync } from 'fflate';
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
  return contentsOf(new Uint8Array(await response.arrayBuffer()));
}

/** Only the samples are unpacked. */
export function contentsOf(zip: Uint8Array): ExportContents {
  const files: ExportedFile[] = [];
  const unpacked = unzipSync(zip, {
    filter: ({ name, originalSize }) => {
      if (!name.endsWith('/')) files.push({ name, bytes: originalSize });
      return languageOf(name) !== null && originalSize <= LARGEST_SAMPLE;
    },
  });
  const samples = Object.entries(unpacked).flatMap(([name, bytes]) => {
    const language = languageOf(name);
    return language === null ? [] : [{ name, language, text: new TextDecoder().decode(bytes) }];
  });
  return { files, samples };
}

function languageOf(name: string): string | null {
  return LANGUAGES[name.split('.').at(-1) ?? ''] ?? null;
}
