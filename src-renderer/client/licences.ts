import { LICENCES_URL } from './urls.ts';

/** A package that ships with Fovea. */
export interface Licence {
  readonly name: string;
  readonly version: string;
  /** SPDX expression. */
  readonly licence: string;
  readonly text: string | null;
}

export async function loadLicences(): Promise<readonly Licence[]> {
  const response = await fetch(LICENCES_URL);
  if (!response.ok) throw new Error(`${LICENCES_URL}: ${response.status}`);
  return (await response.json()) as readonly Licence[]; // as: our own build wrote it
}
