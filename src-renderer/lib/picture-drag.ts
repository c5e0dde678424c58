/** Dragging chosen pictures onto a class. What is dragged is the selection; the transfer only says that it is one. */
import type { Attachment } from 'svelte/attachments';

const TYPE = 'application/x-fovea-pictures';

/** @param words  what floats beside the pointer: "12 pictures". */
export function startPictureDrag({ dataTransfer }: DragEvent, words: string): void {
  if (dataTransfer === null) return;
  dataTransfer.setData(TYPE, words);
  dataTransfer.effectAllowed = 'move';
  const badge = document.createElement('div');
  badge.className = 'drag-badge';
  badge.textContent = words;
  document.body.append(badge);
  dataTransfer.setDragImage(badge, -12, -4);
  requestAnimationFrame(() => badge.remove()); // the browser has taken its picture by then
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
        if (isOurs(event)) event.preventDefault(); // or nothing can be dropped
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
