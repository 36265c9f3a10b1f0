// Saved views: questions under a name, one's own and those that others share.
import {
  Dialog,
  DialogBody,
  DialogContent,
  DialogSurface,
  DialogTitle,
  Menu,
  MenuDivider,
  MenuItem,
  MenuList,
  MenuPopover,
  MenuTrigger,
} from "@fluentui/react-components";
import { useMutation, useQuery } from "@tanstack/react-query";
import { type FormEvent, type ReactElement, useState } from "react";

import { api, dataOf, type Schemas } from "../api/client";
import { queryClient, viewsQuery } from "../api/queries";
import { useTexts } from "../i18n/texts";
import { Icon } from "../ui/icons";
import { FormButtons, ProblemNote } from "../ui/parts";
import { COLUMNS_MAX, type CostSearch, type CostView, filterText, type Metric, METRICS, nameColumn } from "./search";

type View = Schemas["View"];

/** A view keeps what is asked, not for which month: it is opened for the month that is chosen. */
const questionOf = (view: CostView): Schemas["CostQuestion"] => ({
  by: view.by,
  metrics: [view.metric],
  where: view.where,
  ...(view.before === undefined ? {} : { compare: "previous" }),
});

// Columns that only name another one of the question.
const isName = (column: string, asked: readonly string[]): boolean =>
  asked.some((other) => other !== column && nameColumn(other) === column);

/** What the address says of a saved question. */
export const searchOfView = (question: Schemas["CostQuestion"]): CostSearch => {
  const asked = (question.by ?? []).filter((column) => column !== "BillingCurrency");
  const by = asked.filter((column) => !isName(column, asked)).slice(0, COLUMNS_MAX);
  return {
    by: by.length > 0 ? by : undefined,
    metric: METRICS.find((metric): metric is Metric => metric === question.metrics?.[0]),
    where: question.where?.length ? question.where.map(filterText) : undefined,
    compare: question.compare === undefined ? "none" : undefined,
  };
};

const SaveDialog = ({
  view,
  isOpen,
  onClose,
}: {
  view: CostView;
  isOpen: boolean;
  onClose: () => void;
}): ReactElement => {
  const { text } = useTexts();
  const [name, setName] = useState("");
  const [isShared, setShared] = useState(false);
  const save = useMutation({
    mutationFn: () =>
      dataOf(api.POST("/api/v1/views", { body: { name: name.trim(), shared: isShared, query: questionOf(view) } })),
    onSuccess: async () => {
      await queryClient.invalidateQueries({ queryKey: viewsQuery.queryKey });
      onClose();
    },
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    save.mutate();
  };
  return (
    <Dialog open={isOpen} onOpenChange={(_, change) => !change.open && onClose()}>
      <DialogSurface aria-describedby={undefined}>
        <form onSubmit={submit}>
          <DialogBody>
            <DialogTitle>{text("saveView")}</DialogTitle>
            <DialogContent className="stack">
              {save.isError && <ProblemNote error={save.error} />}
              <label>
                {text("name")}
                <input
                  className="field"
                  required
                  maxLength={100}
                  value={name}
                  onChange={(event) => setName(event.target.value)}
                />
              </label>
              <label className="row">
                <input type="checkbox" checked={isShared} onChange={(event) => setShared(event.target.checked)} />
                {text("shareView")}
              </label>
              <FormButtons action={text("save")} isDisabled={save.isPending} onCancel={onClose} />
            </DialogContent>
          </DialogBody>
        </form>
      </DialogSurface>
    </Dialog>
  );
};

export const Views = ({ view, onOpen }: { view: CostView; onOpen: (search: CostSearch) => void }): ReactElement => {
  const { text } = useTexts();
  const [isSaving, setSaving] = useState(false);
  const views = useQuery(viewsQuery);
  const remove = useMutation({
    mutationFn: (id: string) => dataOf(api.DELETE("/api/v1/views/{view}", { params: { path: { view: id } } })),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: viewsQuery.queryKey }),
  });
  const labelOf = (one: View): string => (one.is_own ? one.name : `${one.name} · ${one.owner}`);
  const own = (views.data ?? []).filter((one) => one.is_own);
  return (
    <>
      <Menu>
        <MenuTrigger disableButtonEnhancement>
          <button type="button" className="control">
            <Icon name="view" />
            {text("views")}
            <Icon name="chevron" />
          </button>
        </MenuTrigger>
        <MenuPopover>
          <MenuList>
            {(views.data ?? []).map((one) => (
              <MenuItem key={one.id} onClick={() => onOpen(searchOfView(one.query))}>
                {labelOf(one)}
              </MenuItem>
            ))}
            {views.data?.length === 0 && <MenuItem disabled>{text("noViews")}</MenuItem>}
            <MenuDivider />
            <MenuItem onClick={() => setSaving(true)}>{text("saveView")}</MenuItem>
            {own.map((one) => (
              <MenuItem key={one.id} onClick={() => remove.mutate(one.id)}>
                {text("removeView", { name: one.name })}
              </MenuItem>
            ))}
          </MenuList>
        </MenuPopover>
      </Menu>
      <SaveDialog view={view} isOpen={isSaving} onClose={() => setSaving(false)} />
      {remove.isError && <ProblemNote error={remove.error} />}
    </>
  );
};
