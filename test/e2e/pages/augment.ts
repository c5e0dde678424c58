import { expect, type Locator } from '@playwright/test';
import { Frame } from './frame.ts';
import { TrainSetup } from './train.ts';

/** The screen of how pictures are varied. */
export class Augment extends Frame {
  preset(name: string): Locator {
    return this.main.getByRole('group', { name: 'Presets' }).getByRole('button', { name, exact: true });
  }

  get wall(): Locator {
    return this.main.getByRole('list', { name: 'As the network will see it' });
  }

  /** Tiles of epochs, by what they say of themselves. */
  get tiles(): Locator {
    return this.wall.getByRole('img', { name: /^Epoch / });
  }

  /** Waits until the wall shows the settings that hold. */
  async expectWall(): Promise<void> {
    await expect(this.tiles).toHaveCount(11, { timeout: 30_000 });
    await expect(this.wall).toHaveAttribute('aria-busy', 'false', { timeout: 30_000 });
  }

  get pictures(): Locator {
    return this.main.getByRole('list', { name: 'Preview picture' }).getByRole('button');
  }

  get more(): Locator {
    return this.main.getByRole('button', { name: 'Show 11 more' });
  }

  mode(name: string): Locator {
    return this.main.getByRole('radio', { name, exact: true });
  }

  kind(name: string): Locator {
    return this.main.getByRole('switch', { name, exact: true });
  }

  /** "Rotate: Angle" */
  slider(name: string): Locator {
    return this.main.getByRole('slider', { name, exact: true });
  }

  async train(): Promise<TrainSetup> {
    await this.main.getByRole('link', { name: 'Train with these settings' }).click();
    return new TrainSetup(this.page);
  }
}
