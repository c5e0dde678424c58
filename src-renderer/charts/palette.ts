/** Colours and type for canvases, which cannot read custom properties or light-dark(). */

export interface Palette {
  readonly train: string;
  readonly validation: string;
  readonly grid: string;
  readonly axis: string;
  readonly ink: string;
  readonly surface: string;
  readonly font: string;
}

const TOKENS = {
  train: '--series-train',
  validation: '--series-validation',
  grid: '--grid',
  axis: '--axis',
  ink: '--ink-3',
  surface: '--surface',
} as const;

/** The tokens as they hold at an element now. */
export function readPalette(element: Element): Palette {
  const probe = document.createElement('span');
  element.append(probe);
  const colour = (token: string): string => {
    probe.style.color = `var(${token})`;
    return getComputedStyle(probe).color;
  };
  const palette = {
    train: colour(TOKENS.train),
    validation: colour(TOKENS.validation),
    grid: colour(TOKENS.grid),
    axis: colour(TOKENS.axis),
    ink: colour(TOKENS.ink),
    surface: colour(TOKENS.surface),
    font: `11px ${getComputedStyle(element).fontFamily}`,
  };
  probe.remove();
  return palette;
}

/** The font as a canvas needs it, whose pixels are those of the screen. */
export function scaledFont(font: string): string {
  return font.replace(/^\d+px/, (size) => `${parseInt(size, 10) * devicePixelRatio}px`);
}

/** Calls back when the theme changes, by the system or by the user's choice, and when the fonts have come. Returns the way to stop it. */
export function onThemeChange(callback: () => void): () => void {
  const system = matchMedia('(prefers-color-scheme: dark)');
  const chosen = new MutationObserver(callback);
  system.addEventListener('change', callback);
  chosen.observe(document.documentElement, { attributeFilter: ['data-theme'] });
  let isStopped = false;
  void document.fonts.ready.then(() => {
    if (!isStopped) callback(); // labels drawn before the font came would stay in another
  });
  return () => {
    isStopped = true;
    system.removeEventListener('change', callback);
    chosen.disconnect();
  };
}
