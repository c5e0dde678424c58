/** Dragging a picture out of the page: in the shell the file itself, in a browser what the server shows of it. */
import type { DesktopBridge } from '../client/desktop.ts';
import { imageUrl } from '../client/urls.ts';
import { startDragOut } from '../lib/picture-drag.ts';

interface Place {
  readonly desktop: DesktopBridge | null;
  readonly projectId: string;
  /** Of the project's pictures; null while it is not known. */
  readonly folder: string | null;
}

export function dragPictureOut(
  event: DragEvent,
  { id, path }: { readonly id: string; readonly path: string },
  { desktop, projectId, folder }: Place,
): void {
  if (desktop !== null && folder !== null) {
    event.preventDefault(); // the system's own drag takes its place
    desktop.startDrag(`${folder}/${path}`);
  } else startDragOut(event, { path, url: imageUrl(projectId, id, 'full') });
}
