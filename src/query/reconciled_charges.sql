-- The billed costs of charges by what they are compared with on an invoice. Names in braces are columns, or nulls in
-- their place when less detail is needed. Amortized rows that are not billed are in no invoice.
SELECT InvoiceId, BillingCurrency, x_CustomerTenantId, {subscription}, SkuId, {day}, {meter}, {resource}, {cost},
  ChargeCategory, x_ChargeType, CommitmentDiscountCategory, x_PricingModel, x_PublisherType, x_PartnerCreditRate,
  x_PartnerCreditApplied, x_BillingExchangeRate, x_PartnerTenantId,
  count(*), sum(BilledCost), sum(x_CostInPricingCurrency), min(x_RowId)
FROM charges
WHERE BilledCost <> 0 AND {customers}
GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18
