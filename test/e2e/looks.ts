/** Pictures of a screen in every look: two sizes, two themes; a language is a page of its own. */
import { join } from 'node:path';
import type { Browser, BrowserContextOptions, Page } from '@playwright/test';
import { expect } from './app.ts';

const SIZES = [
  { width: 1440, height: 900 },
  { width: 1024, height: 700 },
] as const;
const SCHEMES = ['light', 'dark'] as const;
const LOCALES = ['en', 'ko'] as const;

export const screenshots = join(import.meta.dirname, '..', '..', 'screenshots');

/** What is in the address or on the page before its pictures are taken. */
type Arrange = (page: Page) => Promise<void>;

export class Looks {
  private constructor(
    private readonly origin: string,
    private readonly pages: readonly { readonly page: Page; readonly locale: string }[],
  ) {}

  /** Opens a page a language, signed in as `storageState` is. */
  static async open(
    browser: Browser,
    url: string,
    storageState: BrowserContextOptions['storageState'] & object,
  ): Promise<Looks> {
    const pages = await Promise.all(
      LOCALES.map(async (locale) => {
        const options = { locale, storageState, reducedMotion: 'reduce', permissions: ['camera'] } as const;
        const context = await browser.newContext({ ...options, permissions: [...options.permissions] });
        return { page: await context.newPage(), locale };
      }),
    );
    return new Looks(new URL(url).origin, pages);
  }

  /**
   * Opens an address anew in each language, brings about what is to be seen, and takes it in every size and theme.
   *
   * @param address  behind the origin: `/#/settings`
   */
  async take(name: string, address: string, arrange: Arrange): Promise<void> {
    for (const { page, locale } of this.pages) {
      await page.setViewportSize(SIZES[0]);
      await page.goto('about:blank'); // or another part behind the # would not load the page anew
      await page.goto(`${this.origin}${address}`);
      await arrange(page);
      await this.takeAsIs(page, `${name}.${locale}`);
    }
  }

  private async takeAsIs(page: Page, name: string): Promise<void> {
    for (const size of SIZES) {
      await page.setViewportSize(size);
      for (const colorScheme of SCHEMES) {
        await page.emulateMedia({ colorScheme });
        await settle(page);
        await page.screenshot({ path: join(screenshots, `${name}.${size.width}.${colorScheme}.png`) });
      }
    }
  }

  async close(): Promise<void> {
    for (const { page } of this.pages) await page.context().close();
  }
}

/** Pictures in view are drawn, and charts have followed the size and the theme. */
async function settle(page: Page): Promise<void> {
  await expect
    .poll(() =>
      page
        .locator('img')
        .evaluateAll((all) =>
          all
            .filter((image) => image.getBoundingClientRect().top < innerHeight)
            .every((image) => (image as HTMLImageElement).complete),
        ),
    )
    .toBe(true);
  await page.evaluate(async () => {
    for (let frame = 0; frame < 3; frame++) await new Promise(requestAnimationFrame);
  });
}
