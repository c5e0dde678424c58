import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import { expect, type Locator, type Page } from '@playwright/test';
import { Data } from './data.ts';
import { Frame } from './frame.ts';

/** The list of projects, and the way in for pictures. */
export class Home extends Frame {
  get invitation(): Locator {
    return this.page.getByRole('heading', { name: 'Drop a folder of pictures here' });
  }

  card(name: string): Locator {
    return this.main.getByRole('link', { name });
  }

  /** As the folder dialog of a browser does it. */
  async chooseFolder(folder: string): Promise<Data> {
    await this.page.getByTestId('folder-input').setInputFiles(folder);
    return this.read();
  }

  /** Drops a folder on the page: real directory entries, of a file system that lives in the page. */
  async dropFolder(folder: string): Promise<Data> {
    await dropFolder(this.page, folder, 'main');
    return this.read();
  }

  async trySample(): Promise<Data> {
    await this.page.getByRole('button', { name: 'Try the sample set' }).click();
    return this.read();
  }

  private async read(): Promise<Data> {
    const data = new Data(this.page);
    await expect(data.train.or(data.problem).first()).toBeVisible({ timeout: 60_000 });
    return data;
  }
}

/**
 * Lets go of a folder over an element. Chromium gives dropped files of a test no directory entries, so the entries are
 * stood in for, with the files' real bytes; all the page's code from the drop event on is the real one.
 */
export async function dropFolder(page: Page, folder: string, selector: string): Promise<void> {
  const paths = (await readdir(folder, { recursive: true })).map((name) => join(folder, name));
  const files: { path: string; base64: string }[] = [];
  for (const path of paths) {
    if (!(await stat(path)).isFile()) continue;
    const inside = relative(folder, path).replaceAll('\\', '/');
    files.push({ path: `${basename(folder)}/${inside}`, base64: (await readFile(path)).toString('base64') });
  }
  await page.evaluate(
    async ({ files, selector }) => {
      interface Node {
        readonly name: string;
        readonly isFile: boolean;
        readonly isDirectory: boolean;
        readonly children: Map<string, Node>;
        file?(done: (file: File) => void): void;
        createReader?(): { readEntries(done: (entries: Node[]) => void): void };
      }
      const folderNode = (name: string): Node => {
        const children = new Map<string, Node>();
        return {
          name,
          isFile: false,
          isDirectory: true,
          children,
          createReader: () => {
            const left = [...children.values()];
            // as Chromium does it: a hundred at a time, then none
            return { readEntries: (done) => setTimeout(() => done(left.splice(0, 100))) };
          },
        };
      };
      const top = folderNode('');
      for (const { path, base64 } of files) {
        const parts = path.split('/');
        const name = parts.pop() ?? '';
        let at = top;
        for (const part of parts) {
          const next = at.children.get(part) ?? folderNode(part);
          at.children.set(part, next);
          at = next;
        }
        const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
        const file = new File([bytes], name);
        at.children.set(name, {
          name,
          isFile: true,
          isDirectory: false,
          children: new Map(),
          file: (done) => done(file),
        });
      }
      const transfer = new DataTransfer();
      transfer.items.add(new File([], files[0]?.path.split('/')[0] ?? 'folder'));
      const [item] = transfer.items;
      const [root] = top.children.values();
      if (item !== undefined) Object.defineProperty(item, 'webkitGetAsEntry', { value: () => root });
      const target = document.querySelector(selector);
      const options = { bubbles: true, cancelable: true, dataTransfer: transfer };
      target?.dispatchEvent(new DragEvent('dragenter', options));
      target?.dispatchEvent(new DragEvent('dragover', options));
      await new Promise(requestAnimationFrame);
      // the list of a synthetic event makes new items at each look, so the one with the entry is held fast
      Object.defineProperty(transfer, 'items', { value: [item] });
      target?.dispatchEvent(new DragEvent('drop', options));
    },
    { files, selector },
  );
}
