import type { Locator, Page } from '@playwright/test';

type Step = 'Data' | 'Augment' | 'Train' | 'Coach' | 'Evaluate' | 'Try' | 'Export' | 'Lab';

/** What stands around every screen. */
export class Frame {
  constructor(readonly page: Page) {}

  get main(): Locator {
    return this.page.getByRole('main');
  }

  title(name: string): Locator {
    return this.page.getByRole('heading', { level: 1, name, exact: true });
  }

  step(name: Step): Locator {
    return this.page.getByRole('navigation', { name: 'Steps' }).getByRole('link', { name });
  }

  get settings(): Locator {
    return this.page.getByRole('navigation').getByRole('link', { name: /^(Settings|설정)$/ });
  }

  async chooseLanguage(name: 'English' | '한국어'): Promise<void> {
    await this.settings.click();
    await this.page.getByRole('button', { name, exact: true }).click();
    await this.page.goBack();
  }
}
