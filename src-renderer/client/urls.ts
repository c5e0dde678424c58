/** Addresses that the server serves beside the contract. */
import type { ExportFormat } from '../../src-main/contract/training.ts';

/** `full`: the picture itself, upright and at most 2048 px; a number: a thumbnail that fits in such a square. */
export function imageUrl(projectId: string, pictureId: string, size: number | 'full'): string {
  return `/images/${encodeURIComponent(projectId)}/${encodeURIComponent(pictureId)}?size=${size}`;
}

/**
 * Where a run's model sees a class in a picture: an image of the picture's centre square, transparent where nothing counts.
 *
 * @param className  null: the class that the model predicts.
 */
export function heatMapUrl(projectId: string, runId: string, pictureId: string, className: string | null): string {
  const path = [projectId, runId, pictureId].map(encodeURIComponent).join('/');
  return `/heatmaps/${path}.png${className === null ? '' : `?class=${encodeURIComponent(className)}`}`;
}

/** @param heatMapOf  a class; null: the predicted one; absent: no heat map. */
export function predictUrl(projectId: string, runId: string, heatMapOf?: string | null): string {
  const path = [projectId, runId].map(encodeURIComponent).join('/');
  return `/predict/${path}${heatMapOf === undefined ? '' : `?heatmap=${encodeURIComponent(heatMapOf ?? '')}`}`;
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
