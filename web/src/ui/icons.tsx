// Line icons of one stroke, 16 by 16. They say nothing by themselves: a word or a label stands beside each.
import type { ReactElement } from "react";

const PATHS = {
  back: "M10 3.5 5.5 8l4.5 4.5",
  bars: "M2.5 13.5h11M4.5 11V8M8 11V3.5M11.5 11V6",
  calendar: "M2.5 4.5a1 1 0 0 1 1-1h9a1 1 0 0 1 1 1v8a1 1 0 0 1-1 1h-9a1 1 0 0 1-1-1zM2.5 6.5h11M5.5 2v3M10.5 2v3",
  check: "m3.5 8.5 3 3 6-7",
  chevron: "m4.5 6.5 3.5 3.5 3.5-3.5",
  chevronUp: "m4.5 9.5 3.5-3.5 3.5 3.5",
  clock: "M8 2.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11zM8 4.8V8l2.2 1.6",
  cross: "m4.5 4.5 7 7M11.5 4.5l-7 7",
  done: "M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2zM5.3 8.2l1.9 1.8 3.5-3.8",
  download: "M8 2.5v7.5M4.8 7 8 10.2 11.2 7M3 13.5h10",
  exclamation: "M8 3v6.5M8 12.2v.6",
  eye: "M1.8 8S4 3.8 8 3.8 14.2 8 14.2 8 12 12.2 8 12.2 1.8 8 1.8 8zM8 6.2a1.8 1.8 0 1 0 0 3.6 1.8 1.8 0 0 0 0-3.6z",
  filter: "M2.5 4h11M4.5 8h7M6.5 12h3",
  forward: "m6.5 4.5 3.5 3.5-3.5 3.5",
  gear: "M8 5.8a2.2 2.2 0 1 0 0 4.4 2.2 2.2 0 0 0 0-4.4zM8 2v1.8M8 12.2V14M2 8h1.8M12.2 8H14M3.8 3.8 5 5M11 11l1.2 1.2M3.8 12.2 5 11M11 5l1.2-1.2",
  half: "M8 2.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11zM8 2.5v11M10 4v8M12 5.2v5.6",
  home: "M2.5 7.5 8 3l5.5 4.5V13h-4V9.5h-3V13h-4z",
  invoice: "M4 2h8v12l-2-1.4L8 14l-2-1.4L4 14zM6.2 5.5h3.6M6.2 8.2h3.6",
  link: "M6.5 9.5 9.5 6.5M7 4.5l1.2-1.2a3 3 0 0 1 4.5 4.5L11.5 9M9 11.5l-1.2 1.2a3 3 0 0 1-4.5-4.5L4.5 7",
  lock: "M4 7.5h8v6H4zM5.5 7.5V5a2.5 2.5 0 0 1 5 0v2.5",
  menu: "M2.5 4.5h11M2.5 8h11M2.5 11.5h11",
  people:
    "M6 3.3a2.2 2.2 0 1 0 0 4.4 2.2 2.2 0 0 0 0-4.4zM2 13c0-2.4 1.8-4 4-4s4 1.6 4 4M10.5 3.6a2.2 2.2 0 0 1 0 3.9M11.5 9.3c1.6.5 2.5 1.9 2.5 3.7",
  person: "M8 3a2.4 2.4 0 1 0 0 4.8A2.4 2.4 0 0 0 8 3zM3.5 13.5c0-2.6 2-4.2 4.5-4.2s4.5 1.6 4.5 4.2",
  plus: "M8 3.5v9M3.5 8h9",
  search: "M7 3a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM10 10l3.5 3.5",
  shield: "M8 2 13 4v4c0 3-2.2 5-5 6-2.8-1-5-3-5-6V4zM5.8 8l1.6 1.6 3-3",
  split: "M2.5 8h4M13.5 3.5h-3.2L6.5 8l3.8 4.5h3.2",
  stop: "M5.4 2h5.2L14 5.4v5.2L10.6 14H5.4L2 10.6V5.4zM8 5v3.6M8 10.9v.1",
  terminal:
    "M2 4.2A1.2 1.2 0 0 1 3.2 3h9.6A1.2 1.2 0 0 1 14 4.2v7.6a1.2 1.2 0 0 1-1.2 1.2H3.2A1.2 1.2 0 0 1 2 11.8zM4.8 6.2l2 1.8-2 1.8M8.5 10h2.7",
  view: "M4 2.5h8v11L8 10.6 4 13.5z",
  warning: "M8 2.5 14 13H2zM8 6.5v3M8 11v.4",
} as const;

export type IconName = keyof typeof PATHS;

export const Icon = ({ name, size = 16 }: { name: IconName; size?: number }): ReactElement => (
  <svg
    width={size}
    height={size}
    viewBox="0 0 16 16"
    fill="none"
    stroke="currentColor"
    strokeWidth="1.4"
    strokeLinecap="round"
    strokeLinejoin="round"
    aria-hidden="true"
  >
    <path d={PATHS[name]} />
  </svg>
);

export const Logo = (): ReactElement => (
  <svg width="22" height="22" viewBox="0 0 22 22" aria-hidden="true">
    <rect x="1" y="1" width="20" height="20" rx="4" fill="var(--accent)" />
    <path
      d="M5 6h12M5 11h6.2M13.6 11H17M5 16h2.4M9.8 16h2.4M14.6 16H17"
      stroke="var(--accent-text)"
      strokeWidth="2.4"
    />
  </svg>
);
