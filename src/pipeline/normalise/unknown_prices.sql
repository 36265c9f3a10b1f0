-- Usage whose list or contracted price is not known, each row with the prices that the sheets in force have for it.
-- A sheet names a price by product, SKU and meter, as SkuPriceId does; cost details have product and SKU in one column
-- and the meter in another. Prices are those of the billing profile, of use without a commitment (`Consumption`), in
-- the same unit of measure, on that day, in a currency of the row. Where prices differ (tiers, rows that contradict one
-- another) the lowest is not the highest, and nobody can tell which one counts; where one of the rows has no price, no
-- lowest is known. Stand-ins for a cost of zero (charge_sink.cpp) are no knowledge: a sheet goes first.
WITH unknown AS (
  SELECT x_RowId, BillingCurrency, ChargePeriodStart, PricingQuantity, x_PricingBlockSize, x_BillingExchangeRate,
    ListCost, ContractedCost, x_SourceChanges,
    coalesce(PricingCurrency, BillingCurrency) AS pricing_currency,
    lower(regexp_replace(BillingAccountId, '^.*/', '')) AS profile,
    lower(replace(coalesce(SkuPriceId, SkuId || x_SkuMeterId), '_', '')) AS price,
    lower(trim(x_PricingUnitDescription)) AS unit,
    ListUnitPrice IS NULL
      AND (ListCost IS NULL OR x_SourceChanges LIKE '%ListCost 0 -> ContractedCost:%') AS needs_list,
    ContractedUnitPrice IS NULL
      AND (ContractedCost IS NULL OR x_SourceChanges LIKE '%ContractedCost 0 -> EffectiveCost:%') AS needs_contracted
  FROM charges
  WHERE ChargeCategory = 'Usage' AND coalesce(CommitmentDiscountStatus, 'Used') <> 'Unused'
    AND (ListUnitPrice IS NULL OR ContractedUnitPrice IS NULL)
),
wanted AS (
  SELECT DISTINCT price, profile, unit, ChargePeriodStart, BillingCurrency, pricing_currency
  FROM unknown WHERE needs_list OR needs_contracted
),
sheet AS (
  SELECT x_RowId, UnitPrice, MarketPrice, Currency, EffectiveStartDate, EffectiveEndDate,
    lower(regexp_replace(BillingProfileId, '^.*/', '')) AS profile,
    lower(replace(ProductId || SkuId || MeterId, '_', '')) AS price,
    lower(trim(UnitOfMeasure)) AS unit
  FROM prices
  WHERE lower(PriceType) = 'consumption' AND coalesce(Term, '') = ''
),
found AS (
  SELECT w.price, w.profile, w.unit, w.ChargePeriodStart, w.BillingCurrency, w.pricing_currency,
    CASE WHEN count(*) = count(s.MarketPrice) THEN min(s.MarketPrice) END AS list_low, max(s.MarketPrice) AS list_high,
    CASE WHEN count(*) = count(s.UnitPrice) THEN min(s.UnitPrice) END AS contracted_low,
    max(s.UnitPrice) AS contracted_high,
    min(s.Currency) AS currency_low, max(s.Currency) AS currency_high, min(s.x_RowId) AS sheet_row
  FROM wanted w JOIN sheet s ON s.price = w.price AND s.profile = w.profile AND s.unit = w.unit
  WHERE (s.Currency = w.BillingCurrency OR s.Currency = w.pricing_currency)
    AND w.ChargePeriodStart >= coalesce(s.EffectiveStartDate, w.ChargePeriodStart)
    AND w.ChargePeriodStart <= coalesce(s.EffectiveEndDate, w.ChargePeriodStart)
  GROUP BY w.price, w.profile, w.unit, w.ChargePeriodStart, w.BillingCurrency, w.pricing_currency
)
SELECT u.x_RowId, u.BillingCurrency, u.PricingQuantity, u.x_PricingBlockSize, u.x_BillingExchangeRate,
  u.ListCost, u.ContractedCost, u.x_SourceChanges, u.needs_list, u.needs_contracted,
  f.list_low, f.list_high, f.contracted_low, f.contracted_high, f.currency_low, f.currency_high,
  f.sheet_row, p.x_SourceFile, p.x_SourceLine
FROM unknown u
LEFT JOIN found f ON f.price = u.price AND f.profile = u.profile AND f.unit = u.unit
  AND f.ChargePeriodStart = u.ChargePeriodStart AND f.BillingCurrency = u.BillingCurrency
  AND f.pricing_currency = u.pricing_currency
LEFT JOIN prices p ON p.x_RowId = f.sheet_row
WHERE u.needs_list OR u.needs_contracted
ORDER BY u.x_RowId
