import type { Locator } from '@playwright/test';
import { Frame } from './frame.ts';

export const STEP_NAMES = [
  'Initial loss',
  'Overfit a little',
  'Learning rate',
  'Coarse grid',
  'Refined grid',
  'Curves',
] as const;

/** The screen of the coach. */
export class Coach extends Frame {
  get run(): Locator {
    return this.main.getByRole('button', { name: 'Examine the settings' });
  }

  get runAgain(): Locator {
    return this.main.getByRole('button', { name: 'Examine again' });
  }

  get stop(): Locator {
    return this.main.getByRole('button', { name: 'Stop' });
  }

  get proposal(): Locator {
    return this.main.getByRole('region', { name: 'Proposal' });
  }

  card(name: (typeof STEP_NAMES)[number]): Locator {
    return this.main.getByRole('article', { name: new RegExp(`: ${name}$`) });
  }
}
