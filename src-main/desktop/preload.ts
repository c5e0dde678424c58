import { contextBridge, ipcRenderer, webUtils } from 'electron';
import type { Desktop } from '../contract/desktop.ts';

contextBridge.exposeInMainWorld('desktop', {
  pickFolder: () => ipcRenderer.invoke('desktop:pick-folder') as Promise<string | null>, // as: comforts.ts answers so
  pathOfFile: (file) => webUtils.getPathForFile(file),
  revealInFolder: (path) => ipcRenderer.invoke('desktop:reveal-in-folder', path) as Promise<void>, // as: comforts.ts answers so
  startDrag: (path) => ipcRenderer.send('desktop:start-drag', path),
} satisfies Desktop<Parameters<typeof webUtils.getPathForFile>[0]>);
