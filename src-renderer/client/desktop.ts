/** What Electron's preload offers; absent in a browser, where every use has a fallback. */
import type { Desktop } from '../../src-main/contract/desktop.ts';

export type DesktopBridge = Desktop<File>;

declare global {
  interface Window {
    readonly desktop?: DesktopBridge;
  }
}

export function desktopBridge(): DesktopBridge | null {
  return window.desktop ?? null;
}
