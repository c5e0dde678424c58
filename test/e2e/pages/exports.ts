import { readFile } from 'node:fs/promises';
import { expect, type Locator } from '@playwright/test';
import { unzipSync } from 'fflate';
import { Frame } from './frame.ts';

export class Exports extends Frame {
  /** Writes what is selected. */
  get write(): Locator {
    return this.main.getByRole('button', { name: /^(Export (?!again)|Select what to export)/ });
  }

  get cancel(): Locator {
    return this.main.getByRole('button', { name: 'Cancel the export' });
  }

  /** Shows a format's files and its check beside the cards. */
  format(name: string): Locator {
    return this.main.getByRole('button', { name, exact: true });
  }

  select(name: string): Locator {
    return this.main.getByRole('checkbox', { name: `Select ${name} for the export` });
  }

  /** The card of a format, with its state. */
  card(name: string): Locator {
    return this.main.locator('.target').filter({ has: this.page.getByRole('button', { name, exact: true }) });
  }

  get side(): Locator {
    return this.page.getByRole('complementary', { name: 'About the export' });
  }

  get downloadZip(): Locator {
    return this.side.getByRole('link', { name: 'Download zip' });
  }

  /** ONNX and TensorFlow.js are selected at first. */
  async exportSelected(): Promise<void> {
    await this.write.click();
    await expect(this.downloadZip).toBeVisible({ timeout: 90_000 });
    await expect(this.cancel).toBeHidden({ timeout: 90_000 });
  }

  /** Downloads the zip of the format that is shown, as the user does. */
  async download(): Promise<Record<string, Uint8Array>> {
    const started = this.page.waitForEvent('download');
    await this.downloadZip.click();
    const download = await started;
    return unzipSync(await readFile(await download.path()));
  }
}
