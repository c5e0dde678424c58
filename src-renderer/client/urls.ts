/** Addresses that the server serves beside the contract. */
import type { ExportFormat } from '../../src-main/contract/training.ts';

/** `full`: the picture itself, upright and at most 2048 px; a number: a thumbnail that fits in such a square. */
export function imageUrl(projectId: string, pictureId: string, size: number | 'full'): string {
  return `/images/${encodeURIComponent(projectId)}/${encodeURIComponent(pictureId)}?size=${size}`;
}

export function exportUrl(projectId: string, runId: string, format: ExportFormat): string {
  return `/exports/${encodeURIComponent(projectId)}/${encodeURIComponent(runId)}/${format}.zip`;
}

export const LOG_URL = '/log';
/** Written by the build beside the page: see scripts/licences.js. */
export const LICENCES_URL = '/licences.json';

export function uploadUrl(projectId: string, path: string): string {
  return `/upload/${encodeURIComponent(projectId)}?path=${encodeURIComponent(path)}`;
}
