// Files of a customer's months. A link carries no header: while staff look as a customer, files would be theirs.
import type { ReactElement } from "react";

import { fileAt } from "../costs/Downloads";
import { useMe } from "../shell/session";
import { Icon } from "../ui/icons";

export type FileFormat = "csv" | "csv.gz" | "parquet";

export const useHasFiles = (): boolean => useMe().acting_as === undefined;

export const FocusLink = ({
  months,
  format,
  label,
  children,
  className = "control small",
}: {
  months: { from: string; to: string };
  format: FileFormat;
  label: string;
  children?: string;
  className?: string;
}): ReactElement => (
  <a
    className={className}
    href={fileAt("focus", { ...months, connection: undefined, where: [] }, format)}
    download
    aria-label={label}
    title={label}
  >
    <Icon name="download" size={14} />
    {children}
  </a>
);
