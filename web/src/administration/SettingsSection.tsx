// The settings of the home: what each means, what it is, and within which bounds it can be changed.
import { useMutation, useQuery } from "@tanstack/react-query";
import { type FormEvent, type ReactElement, useId, useState } from "react";

import { api, dataOf, type Schemas } from "../api/client";
import { queryClient } from "../api/queries";
import { countText } from "../format/format";
import { useTexts } from "../i18n/texts";
import { Pill, ProblemNote } from "../ui/parts";
import { Loading, Part } from "./parts";
import { settingsQuery } from "./queries";

type Setting = Schemas["Setting"];

const SettingRow = ({ setting }: { setting: Setting }): ReactElement => {
  const { text, language } = useTexts();
  const id = useId();
  const [typed, setTyped] = useState(`${setting.value}`);
  const change = useMutation({
    mutationFn: (value: number | null) =>
      dataOf(
        api.PUT("/api/v1/settings/{setting}", { params: { path: { setting: setting.name } }, body: { value } }),
      ),
    onSuccess: async (changed) => {
      setTyped(`${changed.value}`);
      await queryClient.invalidateQueries({ queryKey: settingsQuery.queryKey });
    },
  });
  const isChanged = typed !== `${setting.value}`;
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    change.mutate(parseInt(typed, 10));
  };
  return (
    <li>
      <div className="grow">
        <label htmlFor={id} className="mono">
          {setting.name}
        </label>{" "}
        {setting.is_set && <Pill tone="info">{text("adminSettingChanged")}</Pill>}
        <p id={`${id}-about`}>{setting.about}</p>
        <p className="dim" id={`${id}-bounds`}>
          {text("adminSettingBounds", {
            least: countText(setting.least, language),
            most: countText(setting.most, language),
            usual: countText(setting.default, language),
          })}
        </p>
      </div>
      <form className="row" onSubmit={submit}>
        <input
          id={id}
          className="field setting"
          type="number"
          required
          min={setting.least}
          max={setting.most}
          step={1}
          aria-describedby={`${id}-about ${id}-bounds`}
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
        />
        {isChanged ? (
          <button
            type="submit"
            className="control primary"
            disabled={change.isPending}
            aria-label={`${text("save")}: ${setting.name}`}
          >
            {text("save")}
          </button>
        ) : (
          setting.is_set && (
            <button
              type="button"
              className="control"
              disabled={change.isPending}
              aria-label={`${text("adminSettingDefault")}: ${setting.name}`}
              onClick={() => change.mutate(null)}
            >
              {text("adminSettingDefault")}
            </button>
          )
        )}
      </form>
      {change.isError && <ProblemNote error={change.error} />}
    </li>
  );
};

export const SettingsSection = (): ReactElement => {
  const { text } = useTexts();
  const settings = useQuery(settingsQuery);
  return (
    <>
      {settings.isError && <ProblemNote error={settings.error} onRetry={() => void settings.refetch()} />}
      <Part title={text("adminSettings")} about={text("adminSettingsAbout")}>
        {settings.isPending && <Loading rows={12} columns={2} />}
        {settings.data !== undefined && (
          <ul className="settings">
            {settings.data.map((setting) => (
              <SettingRow key={setting.name} setting={setting} />
            ))}
          </ul>
        )}
      </Part>
    </>
  );
};
