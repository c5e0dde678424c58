import { expect, type Locator } from '@playwright/test';
import { Exports } from './exports.ts';
import { Frame } from './frame.ts';

export class Evaluate extends Frame {
  get headline(): Locator {
    return this.main.locator('.headline');
  }

  get matrix(): Locator {
    return this.main.getByRole('grid', { name: /Confusion matrix/ });
  }

  cell(truth: string, predicted: string): Locator {
    return this.matrix.getByRole('button', { name: new RegExp(` of ${truth} predicted as ${predicted}$`) });
  }

  show(name: 'Wrong' | 'Right' | 'All'): Locator {
    return this.main.getByRole('group', { name: 'Which pictures are shown' }).getByRole('button', { name });
  }

  get cases(): Locator {
    return this.main.getByRole('button', { name: /^Labelled .+, predicted .+ with / });
  }

  get viewer(): Locator {
    return this.page.getByRole('dialog');
  }

  /** The menu of a picture in the gallery that says and changes its label. */
  label(name: string): Locator {
    return this.main.getByRole('button', { name: `Label: ${name}. Change it` });
  }

  /** What a figure of the table counts: "labelled ants". */
  figure(opens: string): Locator {
    return this.main.getByRole('table').getByRole('button', { name: new RegExp(`, ${opens}$`) });
  }

  get heatMap(): Locator {
    return this.main.getByRole('switch', { name: 'Heat map' });
  }

  retrain(changes: string): Locator {
    return this.main.getByRole('button', { name: `Retrain with ${changes}` });
  }

  async openExport(): Promise<Exports> {
    await this.main.getByRole('link', { name: 'Export' }).click();
    const exports = new Exports(this.page);
    await expect(exports.title('Export')).toBeVisible();
    return exports;
  }
}
