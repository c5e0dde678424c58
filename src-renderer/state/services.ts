/** What every screen may need, handed down once. */
import { createContext } from 'svelte';
import type { Client } from '../client/client.ts';
import type { DroppedItems } from '../client/dropped.ts';
import type { DesktopBridge } from '../client/desktop.ts';
import type { Tabs } from '../client/tabs.ts';
import type { ImportState, ImportTarget } from './import.svelte.ts';
import type { CommandsState } from './commands.svelte.ts';
import type { BackbonesState } from './backbones.svelte.ts';
import type { ExportsOfRuns } from './exports.svelte.ts';
import type { MachineState } from './machine.svelte.ts';
import type { Preferences } from './preferences.svelte.ts';
import type { ProjectsState } from './projects.svelte.ts';
import type { Router } from './router.svelte.ts';

/** What a drop on an element of the screen in view means; null: a new project. */
export type DropMeaning = (target: Element | null) => Promise<ImportTarget> | ImportTarget;

export interface Services {
  readonly client: Client;
  readonly tabs: Tabs;
  readonly desktop: DesktopBridge | null;
  readonly preferences: Preferences;
  readonly router: Router;
  readonly machine: MachineState;
  readonly projects: ProjectsState;
  readonly imports: ImportState;
  readonly exports: ExportsOfRuns;
  readonly backbones: BackbonesState;
  readonly commands: CommandsState;
  /** The screen in view says what drops mean there; call the result when it goes. */
  onDrop(meaning: DropMeaning, words: () => string): () => void;
  /** As `onDrop`, for a screen that does something else with drops than to import them. */
  takeDrops(take: (items: DroppedItems) => void, words: () => string): () => void;
}

export const [useServices, provideServices] = createContext<Services>();
