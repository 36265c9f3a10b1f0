// How the partner shows itself to its customers: name, logo, colors, where help is.
import { useMutation, useQuery } from "@tanstack/react-query";
import { type ChangeEvent, type FormEvent, type ReactElement, useId, useState } from "react";

import { api, dataOf, type Schemas } from "../api/client";
import { brandQuery, queryClient } from "../api/queries";
import { TextField } from "../connections/TextField";
import { ratioText, sizeText } from "../format/format";
import { useTexts } from "../i18n/texts";
import { brandColors, contrastOn, isReadable } from "../portal/brand";
import { Icon } from "../ui/icons";
import { Pill, ProblemNote } from "../ui/parts";
import { inBase64, LOGO_BYTES_MAX } from "./logo";
import { Loading, Part } from "./parts";

type Brand = Schemas["Brand"];
type Theme = "light" | "dark";

const COLOR = "#[0-9A-Fa-f]{6}";
const NO_COLOR = "#0b6a8f"; // what the page has without one

const Contrast = ({ color, theme }: { color: string; theme: Theme }): ReactElement | null => {
  const { text, language } = useTexts();
  const ratio = contrastOn(color, theme);
  if (ratio === undefined) return null;
  const isGood = isReadable(ratio);
  return (
    <Pill tone={isGood ? "good" : "warn"} icon={isGood ? "check" : "warning"}>
      {text(isGood ? "adminContrastGood" : theme === "light" ? "adminContrastDarker" : "adminContrastLighter", {
        ratio: ratioText(ratio, language),
      })}
    </Pill>
  );
};

const ColorField = ({
  label,
  value,
  theme,
  onChange,
}: {
  label: string;
  value: string;
  theme: Theme;
  onChange: (color: string) => void;
}): ReactElement => {
  const id = useId();
  const { text } = useTexts();
  return (
    <div>
      <label htmlFor={id}>{label}</label>
      <div className="row">
        <input
          type="color"
          className="color"
          aria-label={text("adminPick", { name: label })}
          value={new RegExp(`^${COLOR}$`).test(value) ? value.toLowerCase() : NO_COLOR}
          onChange={(event) => onChange(event.target.value)}
        />
        <input
          id={id}
          className="field mono"
          pattern={COLOR}
          placeholder={text("adminNoColor")}
          spellCheck={false}
          autoComplete="off"
          value={value}
          onChange={(event) => onChange(event.target.value.trim())}
        />
      </div>
      <Contrast color={value} theme={theme} />
    </div>
  );
};

const Preview = ({ brand, theme }: { brand: Brand; theme: Theme }): ReactElement => {
  const { text } = useTexts();
  return (
    <div className="brand-preview" data-theme={theme} style={brandColors(brand, theme)} aria-hidden="true">
      <div className="portal-bar">
        <span className="portal-brand">
          {brand.has_logo && <img src={`/api/v1/brand/logo?${brand.logo_hash ?? ""}`} alt="" />}
          <span>{brand.name === undefined || brand.name === "" ? text("portalNoName") : brand.name}</span>
        </span>
        <span className="portal-tabs">
          <a className="active">{text("costs")}</a>
          <a>{text("portalExplore")}</a>
        </span>
      </div>
      <div className="content">
        <span className="as-link">{text("portalAllFiles")}</span>
        <span className="control primary">{text("download")}</span>
      </div>
    </div>
  );
};

const BrandForm = ({ brand }: { brand: Brand }): ReactElement => {
  const { text, language } = useTexts();
  const [values, setValues] = useState<Record<string, string>>({
    name: brand.name ?? "",
    color: brand.color ?? "",
    dark_color: brand.dark_color ?? "",
    support_text: brand.support_text ?? "",
    support_link: brand.support_link ?? "",
    address: brand.address ?? "",
  });
  // Unset leaves the logo as it is; an empty one takes it away.
  const [logo, setLogo] = useState<{ name: string; content: string }>();
  const [tooLarge, setTooLarge] = useState(false);
  const save = useMutation({
    mutationFn: () =>
      dataOf(
        api.PUT("/api/v1/brand", {
          body: {
            ...Object.fromEntries(
              Object.entries(values)
                .map(([name, value]) => [name, value.trim()])
                .filter(([, value]) => value !== ""),
            ),
            ...(logo === undefined ? {} : { logo: logo.content }),
          },
        }),
      ),
    onSuccess: async () => {
      setLogo(undefined);
      await queryClient.invalidateQueries({ queryKey: brandQuery.queryKey });
    },
  });
  const valueOf = (name: string): string => values[name] ?? "";
  const put = (name: string) => (value: string) => {
    save.reset();
    setValues({ ...values, [name]: value });
  };
  const take = async (event: ChangeEvent<HTMLInputElement>): Promise<void> => {
    const file = event.target.files?.[0];
    if (file === undefined) return;
    save.reset();
    setTooLarge(file.size > LOGO_BYTES_MAX);
    if (file.size > LOGO_BYTES_MAX) return;
    const content = inBase64(new Uint8Array(await file.arrayBuffer()));
    setLogo({ name: file.name, content });
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    save.mutate();
  };
  const preview: Brand = {
    ...brand,
    name: valueOf("name"),
    color: valueOf("color"),
    dark_color: valueOf("dark_color"),
    has_logo: brand.has_logo && logo?.content !== "",
  };
  const logoText =
    logo === undefined
      ? text(brand.has_logo ? "adminLogoIs" : "adminLogoNone")
      : logo.content === ""
        ? text("adminLogoGoes")
        : text("adminLogoComes", { name: logo.name });
  return (
    <form className="connection-form in-card" onSubmit={submit}>
      <div className="fields">
        <TextField label={text("name")} hint={text("adminBrandNameHint")} value={valueOf("name")} onChange={put("name")} />
        <TextField
          label={text("adminAddress")}
          hint={text("adminAddressHint")}
          mono
          value={valueOf("address")}
          onChange={put("address")}
        />
        <div className="fields wide">
          <ColorField label={text("adminColor")} theme="light" value={valueOf("color")} onChange={put("color")} />
          <ColorField
            label={text("adminDarkColor")}
            theme="dark"
            value={valueOf("dark_color")}
            onChange={put("dark_color")}
          />
        </div>
        <TextField
          label={text("adminSupportText")}
          hint={text("adminSupportTextHint")}
          value={valueOf("support_text")}
          onChange={put("support_text")}
        />
        <TextField
          label={text("adminSupportLink")}
          hint={text("adminSupportLinkHint")}
          mono
          value={valueOf("support_link")}
          onChange={put("support_link")}
        />
        <div className="wide">
          <span className="as-label">{text("adminLogo")}</span>
          <div className="row wrap">
            <label className="control file-button">
              {text("adminLogoChoose")}
              <input type="file" accept="image/png,image/jpeg,image/webp" onChange={(event) => void take(event)} />
            </label>
            {brand.has_logo && logo?.content !== "" && (
              <button type="button" className="control" onClick={() => setLogo({ name: "", content: "" })}>
                {text("adminLogoRemove")}
              </button>
            )}
            <span className="dim" role="status">
              {logoText}
            </span>
          </div>
          <small>{text("adminLogoHint", { size: sizeText(LOGO_BYTES_MAX, language) })}</small>
          {tooLarge && (
            <p className="bad" role="alert">
              {text("adminLogoTooLarge")}
            </p>
          )}
        </div>
      </div>
      <div className="previews">
        <Preview brand={preview} theme="light" />
        <Preview brand={preview} theme="dark" />
      </div>
      {save.isError && <ProblemNote error={save.error} />}
      <div className="row">
        <button type="submit" className="control primary" disabled={save.isPending}>
          {text("save")}
        </button>
        {save.isSuccess && (
          <span className="good-line" role="status">
            <Icon name="check" />
            {text("adminSaved")}
          </span>
        )}
      </div>
    </form>
  );
};

export const BrandSection = (): ReactElement => {
  const { text } = useTexts();
  const brand = useQuery(brandQuery);
  return (
    <>
      {brand.isError && <ProblemNote error={brand.error} onRetry={() => void brand.refetch()} />}
      <Part title={text("adminBrand")} about={text("adminBrandAbout")}>
        {brand.isPending && <Loading rows={5} columns={2} />}
        {brand.data !== undefined && <BrandForm brand={brand.data} />}
      </Part>
    </>
  );
};
