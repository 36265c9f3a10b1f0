// The draft in two views, what the service finds in it, and what it would change: loaded with the editor.
import { Dialog, DialogBody, DialogContent, DialogSurface, DialogTitle } from "@fluentui/react-components";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useBlocker, useNavigate, useSearch } from "@tanstack/react-router";
import { type ReactElement, useDeferredValue, useEffect, useMemo, useRef, useState } from "react";

import type { Schemas } from "../api/client";
import { customersQuery, type Row, tenantsQuery } from "../api/queries";
import { amountText, momentText, monthText } from "../format/format";
import { useTexts } from "../i18n/texts";
import { useScope } from "../shell/scope";
import { hasRight, useMe } from "../shell/session";
import { Icon } from "../ui/icons";
import { Empty, ProblemNote, ScreenTitle, Segments } from "../ui/parts";
import { ApplyDialog, type DraftToApply } from "./ApplyDialog";
import { type Change, changesOf, type Cost, sumsOf } from "./changes";
import { CheckPills, Checks } from "./Checks";
import { completionOf } from "./completion";
import { Differences } from "./Differences";
import { useDraft } from "./draft";
import { Editor, type EditorHandle, placeOf } from "./Editor";
import { differencesOf, type Entry, entriesOf, listOf, markedLines, moved, withEntry } from "./outline";
import { PreviewCard } from "./PreviewCard";
import { checkQuery, type Finding, previewQuery, versionQuery } from "./queries";
import { RuleList } from "./RuleList";
import type { DocumentName, RulesSearch } from "./search";
import { type Target, withTarget } from "./target";
import { TargetDialog } from "./TargetDialog";
import { TenantsPart } from "./TenantsPart";
import { VersionsPanel } from "./VersionsPanel";

const PAUSE = 400;

/** The value once it has not changed for a moment. */
const useSettled = <Value,>(value: Value): Value => {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), PAUSE);
    return () => clearTimeout(timer);
  }, [value]);
  return settled;
};

/** Not sound before it is filled in, so that nothing is previewed that nobody meant. */
const NEW_ENTRY = {
  rules: ["name: ", "when: {}", "assign: "],
  policies: ["name: ", "commitments: ", "unused: buyer"],
} as const;

/** A name in a form that YAML reads as it is meant. */
const scalar = (name: string): string =>
  /^[\p{L}\p{N}][\p{L}\p{N} ._()/&-]*$/u.test(name) ? name.trim() : `'${name.replaceAll("'", "''")}'`;

const LeaveDialog = ({ isOpen, onStay, onLeave }: { isOpen: boolean; onStay: () => void; onLeave: () => void }) => {
  const { text } = useTexts();
  return (
    <Dialog open={isOpen} onOpenChange={(_, change) => !change.open && onStay()}>
      <DialogSurface aria-describedby={undefined}>
        <DialogBody>
          <DialogTitle>{text("rulesLeaveTitle")}</DialogTitle>
          <DialogContent className="stack">
            <p>{text("rulesLeaveMeans")}</p>
            <div className="row">
              <button type="button" className="control primary" onClick={onStay}>
                {text("rulesStay")}
              </button>
              <button type="button" className="control" onClick={onLeave}>
                {text("rulesLeave")}
              </button>
            </div>
          </DialogContent>
        </DialogBody>
      </DialogSurface>
    </Dialog>
  );
};

const Desk = ({ document, current }: { document: DocumentName; current: Schemas["Document"] }): ReactElement => {
  const me = useMe();
  const { text, plural, language } = useTexts();
  const search = useSearch({ from: "/rules" });
  const navigate = useNavigate({ from: "/rules" });
  const client = useQueryClient();
  const { scope } = useScope();
  const change = (part: Partial<RulesSearch>): void =>
    void navigate({ search: (now) => ({ ...now, ...part }), replace: true, resetScroll: false });
  const mayApply = hasRight(me, "apply-documents");
  const isRules = document === "rules";
  const section = isRules ? "rules" : "policies";
  const draft = useDraft(document, me.actor, current);
  const editor = useRef<EditorHandle>(null);
  const [toGo, setToGo] = useState<{ at: number } | { line: number; column?: number }>();
  const gone = useRef<typeof toGo>(undefined);
  const [line, setLine] = useState(0);
  const [applies, setApplies] = useState<DraftToApply & { changes: readonly Change[] | undefined }>();
  const [targeted, setTargeted] = useState<{ entry: Entry; target: Target }>();
  const [applied, setApplied] = useState<{ version: number; before: number }>();

  // The two views. What is only seen may be a moment behind the keys.
  const seen = useDeferredValue(draft.yaml);
  const entries = useMemo(() => entriesOf(seen), [seen]);
  const old = useMemo(() => entriesOf(current.yaml), [current.yaml]);
  const differences = useMemo(() => differencesOf(old, entries), [old, entries]);
  const marked = useMemo(() => markedLines(old, entries, differences), [old, entries, differences]);
  const month = scope.month ?? "";
  const own = entries.filter((entry) => entry.section === section);
  const list = listOf(own, month) ?? own[0]?.list.slice(0, 7);
  const listed = own.filter((entry) => entry.list.slice(0, 7) === list);
  const selected = listed.find((entry) => entry.line <= line && line < entry.line + entry.text.split("\n").length);
  const lists = new Set(own.map((entry) => entry.list)).size;

  // What the service says about it.
  const settled = useSettled(draft.yaml);
  const isSettled = settled === draft.yaml;
  const check = useQuery(checkQuery(document, settled));
  const isChecked = isSettled && !check.isPlaceholderData && check.data !== undefined;
  const isSound = isChecked && check.data.ok;
  const previewed = useMemo(() => ({ month, connection: scope.connection }), [month, scope.connection]);
  const preview = useQuery({
    ...previewQuery(document, settled, previewed),
    enabled: draft.isChanged && isSound && scope.month !== undefined,
  });
  const cost: Cost = search.cost ?? (isRules ? "billed" : "effective");
  const isFresh = isSound && preview.data !== undefined && !preview.isPlaceholderData;
  const changes = useMemo(() => changesOf(preview.data?.changes ?? [], cost), [preview.data, cost]);
  const sums = useMemo(() => sumsOf(changes), [changes]);
  const findings = useMemo(() => check.data?.findings ?? [], [check.data]);
  const state = !draft.isChanged
    ? "same"
    : draft.yaml.trim() === "" || scope.month === undefined
      ? "empty"
      : check.isError || preview.isError
        ? "failed"
        : isChecked && !check.data.ok
          ? "faulty"
          : preview.data === undefined
            ? "waits"
            : isFresh
              ? "fresh"
              : "stale";

  const customers = useQuery({ ...customersQuery, enabled: hasRight(me, "read-customers") });
  const names = useMemo(
    () => new Map((customers.data ?? []).map((customer) => [customer.id, customer.name])),
    [customers.data],
  );
  const nameOf = (customer: string): string => names.get(customer) ?? customer;
  const tenants = useQuery({
    ...tenantsQuery(month),
    enabled: isRules && scope.month !== undefined && hasRight(me, "read-customers"),
  });
  const complete = useMemo(
    () =>
      completionOf(
        { month: scope.month, connection: scope.connection },
        customers.data ?? [],
        (amount, currency) => `${amountText(amount, currency, language)} ${currency}`,
      ),
    [scope.month, scope.connection, customers.data, language],
  );

  // The editor takes a text over in an effect of its own, which comes first.
  const isEditing = search.view === undefined;
  useEffect(() => {
    if (toGo === undefined || toGo === gone.current || !isEditing) return;
    gone.current = toGo;
    if ("at" in toGo) editor.current?.completeAt(toGo.at);
    else editor.current?.goTo(toGo.line, toGo.column);
  }, [toGo, isEditing]);

  const goTo = (entry: Entry): void => {
    if (!isEditing) change({ view: undefined });
    setToGo({ line: entry.line });
  };
  const goToFinding = (finding: Finding): void => {
    const place = placeOf(finding);
    const entry = entries.find((one) => one.name === finding.rule);
    if (!isEditing) change({ view: undefined });
    if (place !== undefined) setToGo(place);
    else if (entry !== undefined) setToGo({ line: entry.line });
  };
  const insert = (lines: readonly string[], behind: string): void => {
    const next = withEntry(draft.yaml, month === "" ? new Date().toISOString().slice(0, 7) : month, section, lines);
    if (!isEditing) change({ view: undefined });
    draft.write(next.text);
    setToGo({ at: next.text.indexOf(behind, next.at) + behind.length });
  };
  const move = (entry: Entry, other: Entry): void => {
    if (seen === draft.yaml) draft.write(moved(draft.yaml, entry, other));
  };
  const take = (entry: Entry, target: Target): void => {
    if (seen === draft.yaml) draft.write(withTarget(draft.yaml, entry, target));
    setTargeted(undefined);
  };
  const takeVersion = (yaml: string): void => {
    draft.write(yaml);
    change({ versions: undefined, view: "differences" });
  };
  const goBack = async (version: number): Promise<void> => {
    setApplies(undefined);
    setApplied(undefined);
    takeVersion((await client.fetchQuery(versionQuery(document, version))).yaml);
  };

  const blocker = useBlocker({
    shouldBlockFn: ({ current: here, next }) => draft.isChanged && here.pathname !== next.pathname,
    enableBeforeUnload: () => draft.isChanged,
    withResolver: true,
  });

  const title = text(isRules ? "rules" : "rulesPolicies");
  const file = isRules ? "rules.yaml" : "policies.yaml";
  const isNone = current.version === 0;
  const edits = [
    { count: differences.filter((one) => one.edit === "changed").length, key: "rulesCountChanged" },
    { count: differences.filter((one) => one.edit === "added").length, key: "rulesCountAdded" },
    { count: differences.filter((one) => one.edit === "removed").length, key: "rulesCountRemoved" },
    { count: differences.filter((one) => one.edit === "moved").length, key: "rulesCountMoved" },
  ] as const;
  const told = edits.filter((one) => one.count > 0).map((one) => plural(one.key, one.count));
  const version = current.version + 1;
  const whyNot = !isChecked
    ? "rulesWaitsForCheck"
    : !check.data.ok
      ? "rulesHasErrors"
      : draft.isBehind
        ? "rulesIsBehind"
        : scope.month !== undefined && !isFresh
          ? "rulesWaitsForPreview"
          : undefined;
  return (
    <main className={search.versions === undefined ? "main" : "main beside-panel"} id="content">
      <div className="rules">
        <div className="row wrap">
          <ScreenTitle>{title}</ScreenTitle>
          <span className="sub">
            {isNone
              ? text("rulesNoVersion")
              : text("rulesSince", {
                  version: current.version,
                  moment: momentText(current.applied_at, language),
                })}
          </span>
          <span className="grow" />
          <Segments
            label={text("rulesDocument")}
            choices={[
              { value: "rules", label: text("rulesRules") },
              { value: "commitment-policies", label: text("rulesPoliciesShort") },
            ]}
            chosen={document}
            onChoose={(value) =>
              change({
                document: value === "rules" ? undefined : "commitment-policies",
                versions: undefined,
                view: undefined,
                cost: undefined,
              })
            }
          />
          {!isNone && (
            <button
              type="button"
              className="control versions-button"
              aria-pressed={search.versions !== undefined}
              onClick={() => change({ versions: search.versions === undefined ? "all" : undefined })}
            >
              {text("rulesVersions")}
            </button>
          )}
          {draft.isChanged && (
            <button type="button" className="control" onClick={draft.discard}>
              {text("rulesDiscard")}
            </button>
          )}
          {mayApply && draft.isChanged && whyNot === "rulesHasErrors" && <span className="sub">{text(whyNot)}</span>}
          {mayApply && draft.isChanged && (
            <button
              type="button"
              className="control primary"
              disabled={whyNot !== undefined}
              title={whyNot === undefined ? undefined : text(whyNot)}
              onClick={() => {
                setApplied(undefined);
                setApplies({
                  document,
                  yaml: settled,
                  base: draft.base,
                  version,
                  changes: scope.month === undefined ? undefined : changes,
                });
              }}
            >
              {text("rulesApply")}
            </button>
          )}
        </div>
        {applied !== undefined && (
          <div className="note" role="status">
            <span className="good">
              <Icon name="check" />
            </span>
            <span className="grow">{text("rulesApplied", { version: applied.version })}</span>
            {applied.before > 0 && (
              <button type="button" className="control small" onClick={() => void goBack(applied.before)}>
                {text("rulesGoBack", { version: applied.before })}
              </button>
            )}
          </div>
        )}
        {draft.isBehind && (
          <div className="note warn" role="alert">
            <Icon name="warning" />
            <span className="grow">{text("rulesBehind", { version: current.version, base: draft.base })}</span>
            <button type="button" className="control small" onClick={draft.rebase}>
              {text("rulesRebase", { version: current.version })}
            </button>
          </div>
        )}
        {isNone && !draft.isChanged && (
          <section className="card" aria-label={text("rulesNone")}>
            <Empty
              title={text(isRules ? "rulesNone" : "rulesPoliciesNone")}
              command={`apportion ${isRules ? "rules" : "commitments policy"} apply ${file}`}
            >
              {text(isRules ? "rulesNoneWhy" : "rulesPoliciesNoneWhy")}
            </Empty>
          </section>
        )}
        <div className="desk">
          <div className="aside">
            <section className="card" aria-label={text(isRules ? "rulesRules" : "rulesPoliciesShort")}>
              <header>
                <h2>{text(isRules ? "rulesRules" : "rulesPoliciesShort")}</h2>
                <span className="sub">{text("rulesFirstWins")}</span>
                <span className="grow" />
                <button
                  type="button"
                  className="control small"
                  onClick={() => insert(NEW_ENTRY[section], "name: ")}
                >
                  {text("rulesAdd")}
                </button>
              </header>
              {listed.length === 0 && <p className="empty dim">{text("rulesListEmpty")}</p>}
              <RuleList
                entries={listed}
                differences={differences}
                selected={selected}
                nameOf={nameOf}
                onSelect={goTo}
                onMove={move}
                onTarget={(entry, target) => setTargeted({ entry, target })}
              />
              {isRules && (
                <p className="implied dim">
                  <Icon name="people" />
                  <span>{text("rulesImplied")}</span>
                </p>
              )}
              {lists > 1 && (
                <p className="sub inside">
                  {plural("rulesLists", lists)} {list !== undefined && text("rulesListShown", { list })}
                </p>
              )}
            </section>
            {isRules && tenants.data !== undefined && (
              <TenantsPart
                rows={tenants.data.rows as Row[]}
                preview={draft.isChanged ? preview.data : undefined}
                onRule={(tenant) =>
                  insert(
                    [`name: ${scalar(tenant.name)}`, `when: {CustomerTenantId: ${tenant.id}}`, "assign: "],
                    "assign: ",
                  )
                }
              />
            )}
            <Checks findings={draft.yaml.trim() === "" ? undefined : check.data?.findings} onGoTo={goToFinding} />
          </div>
          <div className="work">
            <section className="card" aria-label={file}>
              <header>
                <h2>{file}</h2>
                <span className="sub">
                  {!draft.isChanged
                    ? text(mayApply ? "rulesNoDraft" : "rulesNoDraftNoRight")
                    : [text("rulesDraftOn", { version: draft.base }), ...told].join(" · ")}
                </span>
                <span className="grow" />
                <CheckPills findings={draft.yaml.trim() === "" ? undefined : check.data?.findings} />
                <Segments
                  label={text("rulesView")}
                  choices={[
                    { value: "edit", label: text("rulesEdit") },
                    { value: "differences", label: text("rulesDifferences") },
                  ]}
                  chosen={search.view ?? "edit"}
                  onChoose={(view) => change({ view: view === "edit" ? undefined : "differences" })}
                />
              </header>
              <div className={isEditing ? "editor-place" : "editor-place away"}>
                <Editor
                  ref={editor}
                  text={draft.yaml}
                  revision={draft.revision}
                  label={text("rulesText", { file })}
                  findings={findings}
                  marked={marked}
                  complete={complete}
                  onChange={draft.type}
                  onLine={setLine}
                />
              </div>
              {!isEditing && <Differences differences={differences} isOther={draft.isChanged} />}
            </section>
            <PreviewCard
              month={scope.month === undefined ? text("month") : monthText(scope.month, language)}
              monthId={month}
              state={state}
              changes={changes}
              sums={sums}
              notes={preview.data?.notes ?? []}
              cost={cost}
              error={check.error ?? preview.error}
              onCost={(chosen) => change({ cost: chosen })}
              onRetry={() => void (check.isError ? check.refetch() : preview.refetch())}
            />
          </div>
        </div>
        {customers.isError && <ProblemNote error={customers.error} onRetry={() => void customers.refetch()} />}
        {tenants.isError && <ProblemNote error={tenants.error} onRetry={() => void tenants.refetch()} />}
      </div>
      {search.versions !== undefined && (
        <VersionsPanel
          document={document}
          current={current.version}
          chosen={search.versions === "all" ? undefined : parseInt(search.versions, 10)}
          onChoose={(chosen) => change({ versions: String(chosen) })}
          onTake={(_, yaml) => takeVersion(yaml)}
          onClose={() => {
            change({ versions: undefined });
            requestAnimationFrame(() => globalThis.document.querySelector<HTMLElement>(".versions-button")?.focus());
          }}
        />
      )}
      {applies !== undefined && (
        <ApplyDialog
          draft={applies}
          title={text(isRules ? "rulesApplyTitle" : "rulesApplyPolicies", { version: applies.version })}
          month={scope.month === undefined ? "" : monthText(scope.month, language)}
          cost={cost}
          changes={applies.changes}
          onApplied={() => {
            setApplied({ version: applies.version, before: applies.base });
            draft.discard();
          }}
          onBack={applied !== undefined && applied.before > 0 ? () => void goBack(applies.base) : undefined}
          onClose={() => setApplies(undefined)}
        />
      )}
      {targeted !== undefined && (
        <TargetDialog
          name={targeted.entry.name}
          target={targeted.target}
          customers={names}
          onTake={(target) => take(targeted.entry, target)}
          onClose={() => setTargeted(undefined)}
        />
      )}
      <LeaveDialog
        isOpen={blocker.status === "blocked"}
        onStay={() => blocker.reset?.()}
        onLeave={() => blocker.proceed?.()}
      />
    </main>
  );
};

export default Desk;
