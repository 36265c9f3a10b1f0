// Locking a month and opening it again, after it was said what that means.
import { Dialog, DialogBody, DialogContent, DialogSurface, DialogTitle } from "@fluentui/react-components";
import { useMutation } from "@tanstack/react-query";
import { type ReactElement, useState } from "react";

import { api, dataOf } from "../api/client";
import { askAgain, type MonthOfPartner } from "../api/queries";
import { monthText } from "../format/format";
import { useTexts } from "../i18n/texts";
import { Icon } from "../ui/icons";
import { ProblemNote } from "../ui/parts";

export const LockButton = ({ month }: { month: MonthOfPartner }): ReactElement => {
  const { text, language } = useTexts();
  const [isOpen, setOpen] = useState(false);
  const isLocked = month.state === "locked";
  const lock = useMutation({
    mutationFn: () => {
      const body = { connection: month.connection, month: month.month };
      return dataOf(isLocked ? api.POST("/api/v1/months/unlock", { body }) : api.POST("/api/v1/months/lock", { body }));
    },
    onSuccess: async () => {
      await askAgain();
      setOpen(false);
    },
  });
  const name = `${month.connection}, ${monthText(month.month, language)}`;
  return (
    <>
      <button type="button" className="control" onClick={() => setOpen(true)}>
        <Icon name="lock" />
        {text(isLocked ? "unlockMonth" : "lockMonth")}
      </button>
      <Dialog open={isOpen} onOpenChange={(_, change) => setOpen(change.open)}>
        <DialogSurface aria-describedby={undefined}>
          <DialogBody>
            <DialogTitle>{text(isLocked ? "unlockNamed" : "lockNamed", { name })}</DialogTitle>
            <DialogContent className="stack">
              <p>{text(isLocked ? "unlockMeans" : "lockMeans")}</p>
              {!isLocked && month.state !== "complete" && (
                <div className="note warn">
                  <Icon name="warning" />
                  <span>{text("lockIncomplete", { reason: month.reason })}</span>
                </div>
              )}
              {lock.isError && <ProblemNote error={lock.error} />}
              <div className="row">
                <button
                  type="button"
                  className="control primary"
                  disabled={lock.isPending}
                  onClick={() => lock.mutate()}
                >
                  {text(isLocked ? "unlockNow" : "lockNow")}
                </button>
                <button type="button" className="control" onClick={() => setOpen(false)}>
                  {text("cancel")}
                </button>
              </div>
            </DialogContent>
          </DialogBody>
        </DialogSurface>
      </Dialog>
    </>
  );
};
