// A text as a QR code, which an authenticator app reads from the screen. Made here: the secret leaves the page for no one.
import qrcode from "qrcode-generator";
import { type ReactElement, useMemo } from "react";

const QUIET = 4; // modules of white around it, as the standard wants
const SIZE = 176;

/** The dark modules as one path, and how many there are on a side. */
export const modulesOf = (content: string): { path: string; side: number } => {
  const code = qrcode(0, "M");
  code.addData(content);
  code.make();
  const side = code.getModuleCount();
  let path = "";
  for (let row = 0; row < side; row += 1) {
    for (let column = 0; column < side; column += 1) {
      if (code.isDark(row, column)) path += `M${column + QUIET} ${row + QUIET}h1v1h-1z`;
    }
  }
  return { path, side: side + 2 * QUIET };
};

export const QrCode = ({ content, label }: { content: string; label: string }): ReactElement => {
  const { path, side } = useMemo(() => modulesOf(content), [content]);
  return (
    <svg role="img" aria-label={label} width={SIZE} height={SIZE} viewBox={`0 0 ${side} ${side}`}>
      <path d={path} fill="#000000" shapeRendering="crispEdges" />
    </svg>
  );
};
