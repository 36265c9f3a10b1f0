// The columns that costs can be grouped and filtered by, with the words for those that people use most.
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";

import { columnsQuery } from "../api/queries";
import { type TextKey, useTexts } from "../i18n/texts";
import { isPartner, useMe } from "../shell/session";
import { type Metric, METRICS } from "./search";

const USUAL: readonly (readonly [string, TextKey])[] = [
  ["CustomerId", "columnCustomer"],
  ["ServiceName", "columnService"],
  ["SubAccountName", "columnSubscription"],
  ["x_ResourceGroupName", "columnResourceGroup"],
  ["RegionName", "columnRegion"],
  ["ChargeCategory", "columnChargeCategory"],
  ["ServiceCategory", "columnServiceCategory"],
  ["x_SkuMeterName", "columnMeter"],
  ["ResourceName", "columnResource"],
  ["x_CustomerTenantName", "columnTenant"],
  ["x_BillSource", "columnConnection"],
  ["PricingCategory", "columnPricing"],
  ["CommitmentDiscountName", "columnCommitment"],
];

const METRIC_WORDS: Record<Metric, TextKey> = {
  BilledCost: "billed",
  EffectiveCost: "effective",
  ListCost: "list",
  ContractedCost: "contracted",
};

const isMetric = (name: string): name is Metric => name in METRIC_WORDS;

const TAG = "tag.";

export interface ColumnChoice {
  name: string;
  label: string;
  isUsual: boolean;
}

export const useColumns = () => {
  const me = useMe();
  const { text } = useTexts();
  const columns = useQuery(columnsQuery);
  return useMemo(() => {
    const all = columns.data ?? [];
    const known = new Set(all.map((column) => column.name));
    const metrics = METRICS.filter((metric) => known.has(metric));
    const words = new Map<string, string>(USUAL.map(([name, key]) => [name, text(key)]));
    const label = (name: string): string =>
      words.get(name) ?? (name.startsWith(TAG) ? text("tag", { key: name.slice(TAG.length) }) : name);
    const usual = USUAL.filter(([name]) => known.has(name) || (name === "CustomerId" && isPartner(me)));
    const others = all
      .filter((column) => ["text", "day"].includes(column.holds) && !words.has(column.name))
      .map((column) => column.name);
    const choices: ColumnChoice[] = [
      ...usual.map(([name]) => ({ name, label: label(name), isUsual: true })),
      ...others.map((name) => ({ name, label: name, isUsual: false })),
    ];
    return {
      isPending: columns.isPending,
      error: columns.error,
      choices,
      label,
      metrics,
      metricLabel: (metric: string): string => (isMetric(metric) ? text(METRIC_WORDS[metric]) : metric),
    };
  }, [columns.data, columns.isPending, columns.error, me, text]);
};

export type Columns = ReturnType<typeof useColumns>;
