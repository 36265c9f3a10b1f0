// Stacked bars over time, with a mark for the same place of the months before. Drawn as SVG, so that colours, patterns
// and forced colours are those of the styles. The table of the same numbers stands below: the picture itself is one
// image with a description.
import { type PointerEvent, type ReactElement, useEffect, useId, useRef, useState } from "react";

import type { Amount } from "../format/decimal";
import { axisTicks, toPlot } from "../format/plot";

export interface Bar {
  time: string;
  /** Unknown if it is not there. */
  total: Amount | undefined;
  parts: { series: string; amount: Amount }[];
  before: Amount | undefined;
  isShaded: boolean;
}

/** How a series is drawn: `c1` to `c8`, `c0`, or hatched. */
export interface Series {
  key: string;
  name: string;
  look: string;
}

const HEIGHT = 240;
const TOP = 8;
const BOTTOM = 22;
const LEFT = 60;
const RIGHT = 8;
const GAP = 0.28; // of the place of a bar
const LABEL_WIDTH = 34;

const useWidth = (): [React.RefObject<HTMLDivElement | null>, number] => {
  const place = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(800);
  useEffect(() => {
    if (place.current === null || typeof ResizeObserver === "undefined") return;
    const observer = new ResizeObserver(([entry]) => {
      if (entry !== undefined && entry.contentRect.width > 0) setWidth(entry.contentRect.width);
    });
    observer.observe(place.current);
    return () => observer.disconnect();
  }, []);
  return [place, width];
};

const fillOf = (look: string, pattern: string): string => {
  if (look === "hatched") return `url(#${pattern})`;
  return look === "c0" ? "var(--others)" : `var(--s${look.slice(1)})`;
};

interface Piece {
  series: string;
  from: number;
  to: number;
}

// Parts above zero stand on each other, and so do those below it.
const piecesOf = (bar: Bar): Piece[] => {
  let high = 0;
  let low = 0;
  return bar.parts.map((part) => {
    const value = toPlot(part.amount);
    const from = value >= 0 ? high : low;
    if (value >= 0) high += value;
    else low += value;
    return { series: part.series, from, to: from + value };
  });
};

export const StackedBars = ({
  bars,
  series,
  description,
  timeLabel,
  axisLabel,
  tip,
  onPick,
}: {
  bars: readonly Bar[];
  series: readonly Series[];
  description: string;
  timeLabel: (time: string, isFirst: boolean) => string;
  axisLabel: (value: number) => string;
  /** What is shown of the bar that is pointed at. */
  tip: (bar: Bar) => ReactElement;
  onPick?: (series: string) => void;
}): ReactElement => {
  const [place, width] = useWidth();
  const pattern = useId().replaceAll(":", "");
  const [pointed, setPointed] = useState<number>();
  const pieces = bars.map(piecesOf);
  const values = pieces.flat().flatMap((piece) => [piece.from, piece.to]);
  for (const bar of bars) if (bar.before !== undefined) values.push(toPlot(bar.before));
  const ticks = axisTicks(Math.min(0, ...values), Math.max(0, ...values));
  const least = ticks[0] ?? 0;
  const most = ticks.at(-1) ?? 1;
  const y = (value: number): number => TOP + ((most - value) / (most - least)) * (HEIGHT - TOP - BOTTOM);
  const step = (width - LEFT - RIGHT) / Math.max(bars.length, 1);
  const x = (position: number): number => LEFT + position * step;
  const thickness = Math.min(step * (1 - GAP), 72);
  const inset = (step - thickness) / 2;
  const labelEvery = Math.max(1, Math.ceil(LABEL_WIDTH / step));
  const looks = new Map(series.map((one) => [one.key, one.look]));
  const point = (event: PointerEvent<SVGSVGElement>): void => {
    const at = Math.floor((event.clientX - event.currentTarget.getBoundingClientRect().left - LEFT) / step);
    setPointed(at >= 0 && at < bars.length ? at : undefined);
  };
  const pointedBar = pointed === undefined ? undefined : bars[pointed];
  const isRight = pointed !== undefined && x(pointed) > width / 2;
  return (
    <div ref={place} className="drawing">
      <svg
        width={width}
        height={HEIGHT}
        viewBox={`0 0 ${width} ${HEIGHT}`}
        role="img"
        aria-label={description}
        onPointerMove={point}
        onPointerLeave={() => setPointed(undefined)}
      >
        <defs>
          <pattern id={pattern} width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
            <rect width="6" height="6" fill="var(--hatch-b)" />
            <rect width="2.6" height="6" fill="var(--hatch-a)" />
          </pattern>
        </defs>
        {bars.map((bar, position) => (
          <rect
            key={bar.time}
            className={position === pointed ? "pointed" : bar.isShaded ? "weekend" : ""}
            fill="none"
            x={x(position)}
            y={TOP}
            width={step}
            height={HEIGHT - TOP - BOTTOM}
          />
        ))}
        {ticks.map((tick) => (
          <g key={tick}>
            <line
              className={tick === 0 ? "baseline" : "gridline"}
              x1={LEFT}
              x2={width - RIGHT}
              y1={y(tick)}
              y2={y(tick)}
            />
            <text x={LEFT - 8} y={y(tick) + 4} textAnchor="end">
              {axisLabel(tick)}
            </text>
          </g>
        ))}
        {pieces.map((ofBar, position) =>
          ofBar.map((piece) => (
            <rect
              key={`${position} ${piece.series}`}
              x={x(position) + inset}
              y={Math.min(y(piece.from), y(piece.to))}
              width={thickness}
              height={Math.max(0.5, Math.abs(y(piece.from) - y(piece.to)) - 0.5)}
              fill={fillOf(looks.get(piece.series) ?? "c0", pattern)}
              onClick={onPick === undefined ? undefined : () => onPick(piece.series)}
            />
          )),
        )}
        {bars.map((bar, position) =>
          bar.before === undefined ? null : (
            <g key={bar.time}>
              {["before-halo", "before-mark"].map((look) => (
                <line
                  key={look}
                  className={look}
                  x1={x(position) + step * 0.1}
                  x2={x(position) + step * 0.9}
                  y1={y(toPlot(bar.before ?? "0"))}
                  y2={y(toPlot(bar.before ?? "0"))}
                />
              ))}
            </g>
          ),
        )}
        {bars.map((bar, position) =>
          position % labelEvery === 0 ? (
            <text key={bar.time} x={x(position) + step / 2} y={HEIGHT - 6} textAnchor="middle">
              {timeLabel(bar.time, position === 0)}
            </text>
          ) : null,
        )}
      </svg>
      {pointedBar !== undefined && pointed !== undefined && (
        <div
          className="tip"
          style={isRight ? { right: width - x(pointed) + 24, top: 32 } : { left: x(pointed) + step + 24, top: 32 }}
        >
          {tip(pointedBar)}
        </div>
      )}
    </div>
  );
};
