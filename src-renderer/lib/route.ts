/** Where the user is, as the part of the address after `#`: a reload keeps the place, and back goes back. */

/** The screens of a project, in the order of the work. */
export const STEPS = ['data', 'augment', 'train', 'coach', 'evaluate', 'try', 'export', 'lab', 'settings'] as const;
export type Step = (typeof STEPS)[number];

export type Route =
  | { readonly screen: 'home' }
  | { readonly screen: 'settings' }
  | {
      readonly screen: 'project';
      readonly projectId: string;
      readonly step: Step;
      /** A run's id, `new` for a run that is being prepared, or `runs` for the list of all; null: the step decides. */
      readonly runId: string | null;
      readonly query: Readonly<Record<string, string>>;
    };

export const HOME: Route = { screen: 'home' };
export const HOME_HREF = '#/';
/** Settings outside any project; a project has its own way to them, so that its rail stays. */
export const SETTINGS_HREF = '#/settings';

function isStep(value: string | undefined): value is Step {
  return STEPS.some((step) => step === value);
}

/** Reads `#/projects/<id>/<step>/<run>?key=value` and `#/settings`; anything else is home. */
export function parseRoute(hash: string): Route {
  const [path = '', search = ''] = hash.replace(/^#/, '').split('?', 2);
  const [, root, projectId, step, runId] = path.split('/');
  if (root === 'settings') return { screen: 'settings' };
  if (root !== 'projects' || projectId === undefined || projectId === '') return HOME;
  return {
    screen: 'project',
    projectId: decode(projectId),
    step: isStep(step) ? step : 'data',
    runId: runId === undefined || runId === '' ? null : decode(runId),
    query: Object.fromEntries(new URLSearchParams(search)),
  };
}

export function projectHref(
  projectId: string,
  step: Step,
  runId: string | null = null,
  query: Readonly<Record<string, string | null>> = {},
): string {
  const kept = Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== null);
  const search = new URLSearchParams(kept).toString();
  const run = runId === null ? '' : `/${encodeURIComponent(runId)}`;
  return `#/projects/${encodeURIComponent(projectId)}/${step}${run}${search === '' ? '' : `?${search}`}`;
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part; // a lone % typed by hand
  }
}
