/** The pictures of the sample set, as SVG: one clear shape on a textured ground with soft blots around it. */
import type { Random } from '../random.ts';

export const SAMPLE_SHAPES = [
  { name: 'ring', className: 'rings' },
  { name: 'triangle', className: 'triangles' },
  { name: 'cross', className: 'crosses' },
] as const;
export type SampleShape = (typeof SAMPLE_SHAPES)[number]['name'];

interface Colour {
  readonly hue: number;
  readonly saturation: number;
  readonly lightness: number;
}

/**
 * @param random  decides colours, place, size, angle and ground; nothing of it depends on the shape.
 * @returns       SVG source of sizePx × sizePx.
 */
export function drawScene(shape: SampleShape, sizePx: number, random: Random): string {
  const between = (low: number, high: number) => low + (high - low) * random();
  const groundHue = between(0, 360);
  const isDark = random() < 0.4;
  const ground = { hue: groundHue, saturation: between(25, 60), lightness: isDark ? between(18, 32) : between(74, 90) };
  const groundEnd = shift(ground, between(-40, 40), between(-8, 8));
  // Far from the ground in hue and lightness, so that the shape is always plain to see.
  const ink = {
    hue: groundHue + between(70, 290),
    saturation: between(60, 90),
    lightness: isDark ? between(58, 76) : between(34, 52),
  };
  const radius = sizePx * between(0.2, 0.34);
  const [x, y] = [between(radius * 1.1, sizePx - radius * 1.1), between(radius * 1.1, sizePx - radius * 1.1)];
  const angle = between(0, 360);
  const textureSeed = Math.floor(between(1, 10_000));
  const grain = between(0.01, 0.05);
  const gradientAngle = between(0, 360);
  const thickness = between(0.2, 0.4);
  const blots = Array.from({ length: 5 }, () =>
    blot(between(0, sizePx), between(0, sizePx), between(0.05, 0.16) * sizePx, {
      hue: between(0, 360),
      saturation: between(30, 70),
      lightness: between(25, 85),
    }),
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${sizePx}" height="${sizePx}">
<defs>
<linearGradient id="ground" gradientTransform="rotate(${gradientAngle.toFixed(1)} 0.5 0.5)">
<stop offset="0" stop-color="${css(ground)}"/><stop offset="1" stop-color="${css(groundEnd)}"/>
</linearGradient>
<linearGradient id="ink" x1="0" y1="0" x2="0" y2="1">
<stop offset="0" stop-color="${css(shift(ink, 0, 7))}"/><stop offset="1" stop-color="${css(shift(ink, 8, -7))}"/>
</linearGradient>
<filter id="texture" x="0" y="0" width="1" height="1">
<feTurbulence type="fractalNoise" baseFrequency="${grain.toFixed(4)}" numOctaves="3" seed="${textureSeed}"/>
<feColorMatrix values="0 0 0 0 ${isDark ? 1 : 0.1}  0 0 0 0 ${isDark ? 1 : 0.1}  0 0 0 0 ${isDark ? 1 : 0.1}  0.9 0 0 0 -0.3"/>
</filter>
<filter id="soft" x="-1" y="-1" width="3" height="3"><feGaussianBlur stdDeviation="${(sizePx * 0.035).toFixed(2)}"/></filter>
<filter id="shadow" x="-1" y="-1" width="3" height="3"><feGaussianBlur stdDeviation="${(sizePx * 0.014).toFixed(2)}"/></filter>
</defs>
<rect width="100%" height="100%" fill="url(#ground)"/>
<g filter="url(#soft)" opacity="0.55">${blots.join('')}</g>
<rect width="100%" height="100%" filter="url(#texture)" opacity="0.5"/>
<g transform="translate(${x.toFixed(2)} ${(y + sizePx * 0.02).toFixed(2)}) rotate(${angle.toFixed(2)})" opacity="0.35"
 filter="url(#shadow)">${outline(shape, radius, thickness, 'black')}</g>
<g transform="translate(${x.toFixed(2)} ${y.toFixed(2)}) rotate(${angle.toFixed(2)})">${outline(shape, radius, thickness, 'url(#ink)')}</g>
</svg>`;
}

/**
 * The shape around the origin.
 *
 * @param thickness  of a ring's band and a cross's beam, as a share of the radius.
 */
function outline(shape: SampleShape, radius: number, thickness: number, paint: string): string {
  const r = radius;
  switch (shape) {
    case 'ring': {
      const band = r * (thickness + 0.08);
      return `<circle r="${(r - band / 2).toFixed(2)}" fill="none" stroke="${paint}" stroke-width="${band.toFixed(2)}"/>`;
    }
    case 'triangle': {
      const corners = [0, 120, 240].map((degrees) => {
        const radians = (degrees * Math.PI) / 180;
        return `${(r * Math.sin(radians)).toFixed(2)},${(-r * Math.cos(radians)).toFixed(2)}`;
      });
      return `<polygon points="${corners.join(' ')}" fill="${paint}" stroke="${paint}" stroke-width="${(r * 0.12).toFixed(2)}" stroke-linejoin="round"/>`;
    }
    case 'cross': {
      const half = r * (thickness * 0.5 + 0.08);
      const beam = (width: number, height: number) =>
        `<rect x="${(-width).toFixed(2)}" y="${(-height).toFixed(2)}" width="${(2 * width).toFixed(2)}" height="${(2 * height).toFixed(2)}" rx="${(half * 0.35).toFixed(2)}" fill="${paint}"/>`;
      return beam(half, r) + beam(r, half);
    }
  }
}

function blot(x: number, y: number, radius: number, colour: Colour): string {
  return `<circle cx="${x.toFixed(2)}" cy="${y.toFixed(2)}" r="${radius.toFixed(2)}" fill="${css(colour)}"/>`;
}

function shift(colour: Colour, hue: number, lightness: number): Colour {
  return { ...colour, hue: colour.hue + hue, lightness: Math.min(95, Math.max(8, colour.lightness + lightness)) };
}

function css({ hue, saturation, lightness }: Colour): string {
  const turn = ((hue % 360) + 360) % 360;
  return `hsl(${turn.toFixed(1)}, ${saturation.toFixed(1)}%, ${lightness.toFixed(1)}%)`;
}
