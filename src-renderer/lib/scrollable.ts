import type { Attachment } from 'svelte/attachments';

/** Puts a pane into the tab order while it has something to scroll, so that the keyboard reaches all of it. */
export const scrollable: Attachment<HTMLElement> = (pane) => {
  const update = (): void => {
    const hidesSomething = pane.scrollHeight > pane.clientHeight + 1 || pane.scrollWidth > pane.clientWidth + 1;
    if (hidesSomething) pane.tabIndex = 0;
    else pane.removeAttribute('tabindex');
  };
  const sizes = new ResizeObserver(update);
  const contents = new MutationObserver(update);
  sizes.observe(pane);
  contents.observe(pane, { childList: true, subtree: true, characterData: true });
  update();
  return () => {
    sizes.disconnect();
    contents.disconnect();
  };
};
