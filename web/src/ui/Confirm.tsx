// Asks before something is done that cannot be taken back, and says what it means.
import { Dialog, DialogBody, DialogContent, DialogSurface, DialogTitle } from "@fluentui/react-components";
import { useMutation } from "@tanstack/react-query";
import type { ReactElement, ReactNode } from "react";

import { useTexts } from "../i18n/texts";
import { ProblemNote } from "./parts";

export const Confirm = ({
  title,
  action,
  run,
  onClose,
  children,
}: {
  title: string;
  /** What the button says. */
  action: string;
  run: () => Promise<unknown>;
  onClose: () => void;
  children: ReactNode;
}): ReactElement => {
  const { text } = useTexts();
  const does = useMutation({ mutationFn: run, onSuccess: onClose });
  return (
    <Dialog open onOpenChange={(_, change) => !change.open && onClose()}>
      <DialogSurface aria-describedby={undefined}>
        <DialogBody>
          <DialogTitle>{title}</DialogTitle>
          <DialogContent className="stack">
            <p>{children}</p>
            {does.isError && <ProblemNote error={does.error} />}
            <div className="row">
              <button
                type="button"
                className="control primary"
                disabled={does.isPending}
                onClick={() => does.mutate()}
              >
                {action}
              </button>
              <button type="button" className="control" onClick={onClose}>
                {text("cancel")}
              </button>
            </div>
          </DialogContent>
        </DialogBody>
      </DialogSurface>
    </Dialog>
  );
};
