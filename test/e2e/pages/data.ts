import { expect, type Locator } from '@playwright/test';
import { Augment } from './augment.ts';
import { Coach } from './coach.ts';
import { Frame } from './frame.ts';
import { Lab } from './lab.ts';
import { Train, TrainSetup } from './train.ts';

export class Data extends Frame {
  get train(): Locator {
    return this.main.getByRole('button', { name: /^(Train|Show progress)$/ });
  }

  get problem(): Locator {
    return this.main.getByRole('alert');
  }

  /** The section of a class: its name, counts and pictures. */
  classSection(name: string): Locator {
    return this.main.getByRole('region', { name, exact: true });
  }

  get side(): Locator {
    return this.page.getByRole('complementary', { name: 'About the pictures' });
  }

  /** Pictures in view that are labelled with a class. */
  tiles(className: string): Locator {
    return this.main.getByRole('gridcell', { name: new RegExp(`^${className}, `) });
  }

  /** What the last change was, beside the filters. */
  get lastStep(): Locator {
    return this.main.getByRole('status');
  }

  undo(): Locator {
    return this.main.getByRole('button', { name: /^(Undo:|Nothing to undo)/ });
  }

  redo(): Locator {
    return this.main.getByRole('button', { name: /^(Redo:|Nothing to redo)/ });
  }

  /** Opens the menu of a class, and takes an item of it. */
  async chooseOfClass(className: string, ...items: readonly (string | RegExp)[]): Promise<void> {
    await this.classSection(className)
      .getByRole('button', { name: `More for ${className}` })
      .click();
    for (const name of items) await this.page.getByRole('menuitem', { name }).click();
  }

  /** Pictures of a class that are drawn, not only placed. */
  async expectThumbnails(name: string, count: number): Promise<void> {
    const images = this.classSection(name).locator('img');
    await expect
      .poll(() =>
        images.evaluateAll((all) => all.filter((image) => (image as HTMLImageElement).naturalWidth > 0).length),
      )
      .toBeGreaterThanOrEqual(count);
  }

  show(name: 'All' | 'Training' | 'Validation' | 'Test' | 'Left out' | 'Edited' | 'Skipped'): Locator {
    return this.main.getByRole('group', { name: 'Which pictures are shown' }).getByRole('button', { name });
  }

  async openAugment(): Promise<Augment> {
    await this.step('Augment').click();
    return new Augment(this.page);
  }

  async openLab(): Promise<Lab> {
    await this.step('Lab').click();
    return new Lab(this.page);
  }

  async openCoach(): Promise<Coach> {
    await this.step('Coach').click();
    return new Coach(this.page);
  }

  /** The screen before a run, without starting one. */
  async openTraining(): Promise<TrainSetup> {
    await this.step('Train').click();
    return new TrainSetup(this.page);
  }

  async startTraining(): Promise<Train> {
    await this.train.click();
    const train = new Train(this.page);
    await expect(train.title('Train')).toBeVisible();
    return train;
  }
}
