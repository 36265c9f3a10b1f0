-- The charges, or parts of charges, that have to do with commitments. `part` says what they do: use or waste one, or
-- pay for it. List costs that Microsoft left out, and that were filled in from other costs, are unknown, unless a price
-- sheet told them afterwards (price_filling.cpp). The cost in the pricing currency of what uses or wastes is that of
-- the effective cost: none where that is none, unknown where that is.
SELECT c.x_RowId, c.x_BillSource, c.x_BillMonth, {assignment}
  lower(coalesce(c.CommitmentDiscountId, '')) AS id,
  lower(coalesce(c.x_ReservationId, '')) AS reservation,
  CASE WHEN c.ChargeCategory = 'Usage' THEN '' ELSE lower(coalesce(c.x_SkuOrderId, '')) END AS product_order,
  coalesce(c.CommitmentDiscountName, '') AS name,
  coalesce(c.CommitmentDiscountType, c.x_PricingModel, '') AS kind,
  CASE
    WHEN c.ChargeCategory = 'Usage' AND c.CommitmentDiscountStatus = 'Unused' THEN 'unused'
    WHEN c.ChargeCategory = 'Usage' THEN 'used'
    WHEN c.ChargeCategory = 'Purchase' THEN 'cash'
    ELSE 'other'
  END AS part,
  coalesce(c.ChargeClass, '') = 'Correction' OR c.BilledCost < 0 AS is_refund,
  coalesce(c.ChargeFrequency, '') AS frequency,
  c.ChargePeriodStart AS day, c.BillingCurrency AS currency,
  c.BilledCost, c.EffectiveCost, c.ContractedCost,
  CASE
    WHEN c.ListCost = 0 AND c.EffectiveCost <> 0 THEN NULL
    WHEN strpos(coalesce(c.x_SourceChanges, ''), 'ListCost 0 -> ContractedCost') > 0
      AND strpos(c.x_SourceChanges, ' -> market price ') = 0 THEN NULL
    ELSE c.ListCost
  END AS ListCost,
  c.PricingQuantity, c.CommitmentDiscountQuantity,
  coalesce(c.PricingCurrency, '') AS pricing_currency,
  CASE
    WHEN c.ChargeCategory = 'Usage' AND c.EffectiveCost IS NULL THEN NULL
    WHEN c.ChargeCategory = 'Usage' AND c.EffectiveCost = 0 AND c.x_CostInPricingCurrency IS NOT NULL THEN 0
    ELSE c.x_CostInPricingCurrency
  END AS pricing_cost,
  c.x_SkuTerm AS term,
  coalesce(c.x_CustomerTenantId, '') AS tenant, coalesce(c.x_CustomerTenantName, '') AS tenant_name,
  coalesce(c.x_CustomerTenantId, '') IN ('', coalesce(c.x_PartnerTenantId, '')) AS is_of_partner,
  coalesce(c.x_SubscriptionId, '') AS subscription,
  coalesce(c.RegionId, '') AS region, coalesce(c.ChargeDescription, '') AS description,
  lower(coalesce(c.x_SkuMeterId, '')) AS meter
FROM {relation} c
WHERE c.CommitmentDiscountId IS NOT NULL OR c.x_ReservationId IS NOT NULL OR c.PricingCategory = 'Committed'
