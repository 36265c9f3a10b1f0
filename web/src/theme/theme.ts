// The product's colours as a theme of Fluent. The values of our own styles are in tokens.css.
import { type BrandVariants, createDarkTheme, createLightTheme, type Theme } from "@fluentui/react-components";

const FONT = '"Segoe UI Variable", "Segoe UI", system-ui, "DejaVu Sans", sans-serif';
const MONOSPACE = '"Cascadia Mono", "DejaVu Sans Mono", monospace';

const BRAND: BrandVariants = {
  10: "#02151d",
  20: "#04222e",
  30: "#06303f",
  40: "#083d51",
  50: "#094a63",
  60: "#0a5776",
  70: "#0b6a8f",
  80: "#0b6a8f",
  90: "#2f83a5",
  100: "#4a9cbd",
  110: "#5cb8dc",
  120: "#78c6e3",
  130: "#94d3ea",
  140: "#b0e0f0",
  150: "#cdecf6",
  160: "#e5f1f6",
};

const fonts = { fontFamilyBase: FONT, fontFamilyMonospace: MONOSPACE, fontFamilyNumeric: FONT };

const dark = createDarkTheme(BRAND);

export const THEMES: Record<"light" | "dark", Theme> = {
  light: { ...createLightTheme(BRAND), ...fonts },
  dark: {
    ...dark,
    ...fonts,
    colorBrandBackground: "#5cb8dc",
    colorBrandBackgroundHover: "#78c6e3",
    colorBrandBackgroundPressed: "#94d3ea",
    colorNeutralForegroundOnBrand: "#04222e",
    colorBrandForegroundLink: "#5cb8dc",
    colorBrandForeground1: "#5cb8dc",
    colorCompoundBrandBackground: "#5cb8dc",
    colorCompoundBrandForeground1: "#5cb8dc",
    colorCompoundBrandStroke: "#5cb8dc",
    colorNeutralBackground1: "#1f1f1f",
  },
};
