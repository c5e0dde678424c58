import type { Locator } from '@playwright/test';
import { Frame } from './frame.ts';

/** The screen where a trained model names pictures of one's own. */
export class Try extends Frame {
  with(name: 'Pictures' | 'Webcam' | 'Folder'): Locator {
    return this.main.getByRole('group', { name: 'What to try it with' }).getByRole('button', { name });
  }

  async choosePictures(files: readonly string[]): Promise<void> {
    await this.page.getByTestId('pictures-input').setInputFiles([...files]);
  }

  get pictures(): Locator {
    return this.main.getByRole('list', { name: 'Tried pictures' }).getByRole('button');
  }

  get answer(): Locator {
    return this.page.getByRole('complementary', { name: 'Answer' });
  }

  get table(): Locator {
    return this.main.getByRole('table', { name: 'Predictions' });
  }

  get rows(): Locator {
    return this.table.getByRole('rowgroup').getByRole('row');
  }
}
