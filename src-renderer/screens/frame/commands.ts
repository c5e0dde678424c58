/** Everything that can be done from the keyboard. The palette and the sheet of shortcuts both list this table. */
import { LANGUAGE_NAMES, LOCALES } from '../../lib/format.ts';
import { HOME_HREF, projectHref, SETTINGS_HREF } from '../../lib/route.ts';
import type { Keys } from '../../lib/shortcuts.ts';
import { themeName } from '../../lib/words.ts';
import { m } from '../../paraglide/messages.js';
import { THEMES } from '../../state/preferences.svelte.ts';
import type { Services } from '../../state/services.ts';
import { SCREENS } from './table.ts';

export interface Command {
  readonly id: string;
  readonly group: string;
  readonly name: string;
  /** Null: it is in the palette alone. */
  readonly keys: Keys | null;
  readonly run: () => void;
}

/** What can be done where the user is. */
export function commandsOf({ router, preferences, projects, commands }: Services): readonly Command[] {
  const projectId = router.route.screen === 'project' ? router.route.projectId : null;
  const go = (id: string, name: string, href: string, keys: Keys | null): Command => ({
    id,
    group: m.commands_go(),
    name,
    keys,
    run: () => router.go(href),
  });
  const screens =
    projectId === null
      ? []
      : [
          ...SCREENS.map(({ step, key, name }) => go(step, name(), projectHref(projectId, step), ['G', key])),
          go('new-run', m.command_new_run(), projectHref(projectId, 'train', 'new'), ['N']),
        ];
  const settingsHref = projectId === null ? SETTINGS_HREF : projectHref(projectId, 'settings');
  const look = (id: string, name: string, run: () => void): Command => {
    return { id, group: m.commands_look(), name, keys: null, run };
  };
  return [
    ...screens,
    go('settings', m.settings(), settingsHref, ['G', 'S']),
    go('home', m.all_projects(), HOME_HREF, ['G', 'H']),
    ...(projects.list ?? [])
      .filter(({ id }) => id !== projectId)
      .map(({ id, name }) => ({
        ...go(`project-${id}`, name, projectHref(id, 'data'), null),
        group: m.commands_projects(),
      })),
    ...THEMES.map((theme) =>
      look(`theme-${theme}`, m.command_theme({ name: themeName(theme) }), () => preferences.setTheme(theme)),
    ),
    ...LOCALES.map((locale) =>
      look(`language-${locale}`, m.command_language({ name: LANGUAGE_NAMES[locale] }), () =>
        preferences.setLocale(locale),
      ),
    ),
    {
      id: 'shortcuts',
      group: m.commands_help(),
      name: m.command_shortcuts(),
      keys: ['?'],
      run: () => (commands.open = 'shortcuts'),
    },
  ];
}
