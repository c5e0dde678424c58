/**
 * Dragging pictures: chosen ones onto a class, and any out of the page as a file. Within the page what is dragged is the selection,
 * and the transfer only says that it is one; outside, the same transfer is the file of the picture under the pointer.
 */
import type { Attachment } from 'svelte/attachments';

const TYPE = 'application/x-fovea-pictures';
/** Longer side of what floats beside the pointer. */
const DRAGGED_PX = 120;

export interface DraggedPicture {
  /** Its file, as on disk. */
  readonly path: string;
  /** Where the server shows it; relative to the page. */
  readonly url: string;
}

/** "image/webp:ant.webp:http://127.0.0.1:8080/images/…": the browser fetches it when the drag ends outside. */
export function downloadOf({ path, url }: DraggedPicture, page: string): string {
  const name = path.split('/').at(-1) ?? path;
  const stem = name.replace(/\.\w+$/, '').replaceAll(':', '_'); // colons part the entry
  return `image/webp:${stem}.webp:${new URL(url, page).href}`;
}

function offerFile(transfer: DataTransfer, picture: DraggedPicture): void {
  transfer.setData('DownloadURL', downloadOf(picture, location.href));
  transfer.setData('text/uri-list', new URL(picture.url, location.href).href);
}

/** Starts a drag of a single picture that means nothing within the page. */
export function startDragOut({ dataTransfer, currentTarget }: DragEvent, picture: DraggedPicture): void {
  if (dataTransfer === null || !(currentTarget instanceof Element)) return;
  offerFile(dataTransfer, picture);
  dataTransfer.effectAllowed = 'copy';
  const shown = currentTarget.querySelector('img');
  if (shown === null || shown.naturalWidth === 0) return;
  const scale = DRAGGED_PX / Math.max(shown.naturalWidth, shown.naturalHeight);
  const drawn = document.createElement('canvas');
  drawn.className = 'drag-picture';
  drawn.width = Math.round(shown.naturalWidth * scale);
  drawn.height = Math.round(shown.naturalHeight * scale);
  drawn.getContext('2d')?.drawImage(shown, 0, 0, drawn.width, drawn.height);
  float(dataTransfer, drawn, drawn.width / 2, drawn.height / 2);
}

/** Lets an element of the page float beside the pointer, and takes it away again. */
function float(transfer: DataTransfer, element: HTMLElement, x: number, y: number): void {
  document.body.append(element);
  transfer.setDragImage(element, x, y);
  requestAnimationFrame(() => element.remove()); // the browser has taken its picture by then
}

/** @param words  what floats beside the pointer: "12 pictures". */
export function startPictureDrag({ dataTransfer }: DragEvent, words: string, picture: DraggedPicture): void {
  if (dataTransfer === null) return;
  dataTransfer.setData(TYPE, words);
  offerFile(dataTransfer, picture);
  dataTransfer.effectAllowed = 'copyMove';
  const badge = document.createElement('div');
  badge.className = 'drag-badge';
  badge.textContent = words;
  float(dataTransfer, badge, -12, -4);
}

/** Marks an element while pictures hover over it, and takes them. */
export function pictureTarget(onDrop: () => void): Attachment<HTMLElement> {
  return (element) => {
    let depth = 0; // enter and leave also come from the elements within
    const isOurs = (event: DragEvent): boolean => event.dataTransfer?.types.includes(TYPE) === true;
    const show = (change: number): void => {
      depth = change === 0 ? 0 : Math.max(0, depth + change);
      element.toggleAttribute('data-drop-over', depth > 0);
    };
    const listeners = {
      dragenter: (event: DragEvent) => isOurs(event) && show(1),
      dragleave: (event: DragEvent) => isOurs(event) && show(-1),
      dragover: (event: DragEvent) => {
        if (!isOurs(event)) return;
        event.preventDefault(); // or nothing can be dropped
        if (event.dataTransfer !== null) event.dataTransfer.dropEffect = 'move'; // outside it would be a copy
      },
      drop: (event: DragEvent) => {
        if (!isOurs(event)) return;
        event.preventDefault();
        show(0);
        onDrop();
      },
    };
    const entries = Object.entries(listeners) as [keyof typeof listeners, (event: DragEvent) => void][]; // as: their keys
    for (const [name, listener] of entries) element.addEventListener(name, listener);
    return () => {
      for (const [name, listener] of entries) element.removeEventListener(name, listener);
    };
  };
}
