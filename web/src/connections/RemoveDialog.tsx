// Removing a connection, after it was said what is lost with it.
import { Dialog, DialogBody, DialogContent, DialogSurface, DialogTitle } from "@fluentui/react-components";
import { type FormEvent, type ReactElement, useState } from "react";

import { api, dataOf, type Schemas } from "../api/client";
import { monthText } from "../format/format";
import { useTexts } from "../i18n/texts";
import { Icon } from "../ui/icons";
import { FormButtons } from "../ui/parts";
import { ChangesTable } from "./ChangesTable";
import { type ConnectionDetails, useWork } from "./queries";
import { WorkNote } from "./WorkNote";

export const RemoveDialog = ({
  connection,
  onClose,
  onRemoved,
}: {
  connection: ConnectionDetails;
  onClose: () => void;
  onRemoved: () => void;
}): ReactElement => {
  const { text, plural, language } = useTexts();
  const hasImports = connection.imports > 0;
  const [reason, setReason] = useState("");
  const [isTried, setTried] = useState(false);
  const work = useWork<Schemas["RemovedConnection"], boolean>(
    { kind: "connection-remove", subject: connection.name },
    (isDry) =>
      dataOf(
        api.DELETE("/api/v1/connections/{connection}", {
          params: {
            path: { connection: connection.name },
            query: {
              ...(hasImports ? { with_imports: true, reason: reason.trim() } : {}),
              ...(isDry ? { dry_run: true } : {}),
            },
          },
        }),
      ),
    () => (isTried ? onRemoved() : setTried(true)),
  );
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    work.start(!isTried);
  };
  const lost = work.result;
  return (
    <Dialog open onOpenChange={(_, change) => !change.open && onClose()}>
      <DialogSurface aria-describedby={undefined}>
        <form onSubmit={submit}>
          <DialogBody>
            <DialogTitle>{text("connectionsRemoveNamed", { name: connection.name })}</DialogTitle>
            <DialogContent className="stack">
              <p>{hasImports ? plural("connectionsRemoveLosesImports", connection.imports) : text("connectionsRemoveLosesSettings")}</p>
              {hasImports && (
                <label>
                  {text("reasonKept")}
                  <input
                    className="field"
                    required
                    maxLength={500}
                    value={reason}
                    onChange={(event) => {
                      setReason(event.target.value);
                      setTried(false);
                    }}
                  />
                </label>
              )}
              <WorkNote work={work} label={text("connectionsRemove")} />
              {isTried && lost !== undefined && (
                <>
                  {lost.months !== undefined && lost.months.length > 0 && (
                    <div className="note warn">
                      <Icon name="warning" />
                      <span>
                        {text("connectionsRemoveLosesMonths", {
                          months: lost.months.map((month) => monthText(month, language)).join(", "),
                        })}
                      </span>
                    </div>
                  )}
                  <ChangesTable changes={lost.changes ?? []} />
                </>
              )}
              <FormButtons
                action={text(isTried ? "connectionsRemoveNow" : "connectionsSeeLost")}
                isDisabled={work.isRunning}
                onCancel={onClose}
              />
            </DialogContent>
          </DialogBody>
        </form>
      </DialogSurface>
    </Dialog>
  );
};
