// A browser by the name that people know, from what it calls itself.
const BROWSERS: readonly (readonly [RegExp, string])[] = [
  [/\bEdg(?:e|A|iOS)?\//, "Edge"],
  [/\bFirefox\/|\bFxiOS\//, "Firefox"],
  [/\bOPR\//, "Opera"],
  [/\b(?:Headless)?Chrom(?:e|ium)\/|\bCriOS\//, "Chrome"],
  [/\bSafari\//, "Safari"],
];

const SYSTEMS: readonly (readonly [RegExp, string])[] = [
  [/\bAndroid\b/, "Android"],
  [/\biPhone\b|\biPad\b/, "iOS"],
  [/\bWindows\b/, "Windows"],
  [/\bMac OS X\b/, "macOS"],
  [/\bLinux\b/, "Linux"],
];

const firstIn = (agent: string, names: readonly (readonly [RegExp, string])[]): string | undefined =>
  names.find(([pattern]) => pattern.test(agent))?.[1];

const SHOWN_MAX = 40;

/** `Firefox · Windows`; what is no browser is called as it calls itself. */
export const browserOf = (agent: string): string => {
  const browser = firstIn(agent, BROWSERS);
  if (browser === undefined) return agent.slice(0, SHOWN_MAX) || "\u2014";
  const system = firstIn(agent, SYSTEMS);
  return system === undefined ? browser : `${browser} \u00b7 ${system}`;
};
