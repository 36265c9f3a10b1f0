// The partner's colours for the portal: readable in either theme, whatever was chosen.
type Rgb = readonly [number, number, number];

const COLOR = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i;
const CONTRAST_MIN = 4.5; // WCAG AA, of text
const WHITE: Rgb = [255, 255, 255];
/** The panel of the dark theme. */
const DARK: Rgb = [31, 31, 31];
const BLACK: Rgb = [0, 0, 0];
const STEP = 0.05;

const read = (color: string): Rgb | undefined => {
  const found = COLOR.exec(color);
  if (found === null) return undefined;
  const [red = 0, green = 0, blue = 0] = found.slice(1).map((part) => parseInt(part, 16));
  return [red, green, blue];
};

const written = (color: Rgb): string =>
  `#${color.map((part) => Math.round(part).toString(16).padStart(2, "0")).join("")}`;

const luminance = (color: Rgb): number => {
  const [red = 0, green = 0, blue = 0] = color.map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
};

const contrast = (left: Rgb, right: Rgb): number => {
  const [high = 0, low = 0] = [luminance(left), luminance(right)].sort((one, other) => other - one);
  return (high + 0.05) / (low + 0.05);
};

const mixed = (color: Rgb, other: Rgb, share: number): Rgb =>
  [0, 1, 2].map((at) => (color[at] ?? 0) * (1 - share) + (other[at] ?? 0) * share) as unknown as Rgb;

/** The color, moved towards `to` until it can be read on `on`. */
const readable = (color: Rgb, on: Rgb, to: Rgb): Rgb => {
  let share = 0;
  let found = color;
  while (contrast(found, on) < CONTRAST_MIN && share < 1) {
    share += STEP;
    found = mixed(color, to, Math.min(share, 1));
  }
  return found;
};

/** How well a color can be read with white, or in the dark theme with black, as the service measures it. */
export const contrastOn = (color: string, theme: "light" | "dark"): number | undefined => {
  const known = read(color);
  return known === undefined ? undefined : contrast(known, theme === "light" ? WHITE : BLACK);
};

export const isReadable = (ratio: number): boolean => ratio >= CONTRAST_MIN;

/** Style properties of the page, by name; none without a color. */
export const brandColors = (
  brand: { color?: string; dark_color?: string } | undefined,
  theme: "light" | "dark",
): Record<string, string> => {
  const color = read(brand?.color ?? "");
  if (color === undefined) return {};
  const bar = written(readable(color, WHITE, BLACK));
  if (theme === "light") return { "--brand": bar, "--accent": bar, "--accent-soft": soft(bar) };
  const accent = written(readable(read(brand?.dark_color ?? "") ?? color, DARK, WHITE));
  return { "--brand": bar, "--accent": accent, "--accent-soft": soft(accent), "--accent-text": "#000000" };
};

const soft = (color: string): string => `color-mix(in srgb, ${color} 12%, var(--panel))`;
