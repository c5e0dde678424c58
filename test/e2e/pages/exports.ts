import { readFile } from 'node:fs/promises';
import { expect, type Locator } from '@playwright/test';
import { unzipSync } from 'fflate';
import { Frame } from './frame.ts';

export class Exports extends Frame {
  get exportAll(): Locator {
    return this.main.getByRole('button', { name: 'Export both formats' });
  }

  format(name: 'ONNX' | 'TensorFlow.js'): Locator {
    return this.page.getByRole('radio', { name: new RegExp(`^${name}`) });
  }

  /** The card of a format, with its check. */
  card(name: 'ONNX' | 'TensorFlow.js'): Locator {
    return this.main.locator('label').filter({ has: this.format(name) });
  }

  async exportEverything(): Promise<void> {
    await this.exportAll.click();
    await expect(this.main.getByRole('link', { name: /^Download / })).toBeVisible({ timeout: 90_000 });
  }

  /** Downloads the zip of the chosen format, as the user does. */
  async download(): Promise<Record<string, Uint8Array>> {
    const started = this.page.waitForEvent('download');
    await this.main.getByRole('link', { name: /^Download / }).click();
    const download = await started;
    return unzipSync(await readFile(await download.path()));
  }
}
