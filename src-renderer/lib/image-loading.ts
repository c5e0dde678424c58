import type { Attachment } from 'svelte/attachments';

/**
 * Gives up the loading of a picture that leaves the page, as tiles do that scroll by: those in view are not to wait for it, and a
 * picture on its way keeps its whole tile in memory.
 *
 * Not with `loading="lazy"`: Chromium keeps a lazy picture that was taken away before it was loaded for as long as the page lives.
 * It keeps one whose address changes outside the document, too, until it is taken out of whatever holds it: hence `remove`.
 */
export const givenUpWhenGone: Attachment<HTMLImageElement> = (image) => () => {
  image.removeAttribute('src');
  image.remove();
};
