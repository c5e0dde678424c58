import { expect, type Locator } from '@playwright/test';
import { Frame } from './frame.ts';

type Experiment = 'Activations' | 'Initialisation' | 'Preprocessing' | 'Dropout' | 'L1 and L2' | 'Transfer';

/** The screen of the experiments. */
export class Lab extends Frame {
  async open(experiment: Experiment): Promise<void> {
    const tab = this.main.getByRole('navigation', { name: 'Experiments' }).getByRole('link', { name: experiment });
    await tab.click();
    await expect(tab).toHaveAttribute('aria-current', 'page');
  }

  get run(): Locator {
    return this.main.getByRole('button', { name: 'Run', exact: true });
  }

  get runAgain(): Locator {
    return this.main.getByRole('button', { name: 'Run again' });
  }

  get cancel(): Locator {
    return this.main.getByRole('button', { name: 'Cancel' });
  }

  slider(name: string): Locator {
    return this.main.getByRole('slider', { name, exact: true });
  }

  option(name: string): Locator {
    return this.main.getByRole('radio', { name, exact: true });
  }

  async expectResult(): Promise<void> {
    await expect(this.runAgain).toBeVisible({ timeout: 90_000 });
  }
}
