import { expect, type Locator } from '@playwright/test';
import { Evaluate } from './evaluate.ts';
import { Frame } from './frame.ts';

/** The screen before a run: one button, what learns, how pictures are varied, and the settings behind "Advanced". */
export class TrainSetup extends Frame {
  get train(): Locator {
    return this.main.getByRole('button', { name: 'Train', exact: true });
  }

  /** Of what learns, or of how pictures are varied: "Upper layers", "Cached variants". */
  option(name: string): Locator {
    return this.main.getByRole('radio', { name, exact: true });
  }

  async setAdvanced(values: Readonly<Record<string, string>>): Promise<void> {
    const field = (name: string): Locator => this.main.getByLabel(name, { exact: true });
    const first = Object.keys(values)[0] ?? '';
    if (!(await field(first).isVisible())) await this.main.getByText('Advanced').click();
    for (const [name, value] of Object.entries(values)) await field(name).fill(value);
  }

  async start(): Promise<Train> {
    await this.train.click();
    const train = new Train(this.page);
    await expect(train.stages).toBeVisible();
    return train;
  }
}

export class Train extends Frame {
  get stages(): Locator {
    return this.main.getByRole('list', { name: 'Stages' });
  }

  /** A fact of this run at the side: "What learns". */
  setting(name: string): Locator {
    return this.page.getByRole('complementary').locator(`dt:text-is("${name}") + dd`);
  }

  get seeResults(): Locator {
    return this.main.getByRole('link', { name: 'See results' });
  }

  /** In the header: "Pause", "Resume". */
  button(name: string): Locator {
    return this.main.getByRole('button', { name, exact: true });
  }

  get stop(): Locator {
    return this.main.getByRole('button', { name: /^Stop/ });
  }

  /** A figure by its name: "Elapsed", "Accuracy", "Best epoch". */
  fact(name: string): Locator {
    return this.main
      .locator('dl > div')
      .filter({ has: this.page.getByText(name, { exact: true }) })
      .locator('dd');
  }

  /** Rows of the table of epochs, the newest first. */
  get epochs(): Locator {
    return this.page.getByRole('complementary').getByRole('table').locator('tbody tr');
  }

  async expectFinished(): Promise<void> {
    await expect(this.seeResults).toBeVisible({ timeout: 90_000 });
  }

  async openResults(): Promise<Evaluate> {
    await this.seeResults.click();
    const evaluate = new Evaluate(this.page);
    await expect(evaluate.headline).toBeVisible();
    return evaluate;
  }
}
