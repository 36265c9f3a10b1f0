-- The billed costs of charges by what they are compared with in a bill of the legacy method, for whom they were split.
-- The first columns are those of reconciled_charges.sql. Names in braces are columns, or nulls in their place. Amounts
-- in the pricing currency are known of whole charges only.
SELECT InvoiceId, BillingCurrency, x_CustomerTenantId, {subscription}, {product}, {day}, CAST(NULL AS VARCHAR),
  CAST(NULL AS VARCHAR), {cost}, ChargeCategory, x_ChargeType, CommitmentDiscountCategory, x_PricingModel,
  x_PublisherType, x_PartnerCreditRate, x_PartnerCreditApplied, x_BillingExchangeRate, x_PartnerTenantId,
  count(*), sum(BilledCost), sum(CASE WHEN x_AssignmentKind = 'direct' THEN x_CostInPricingCurrency END), min(x_RowId),
  CustomerId, x_BillMonth
FROM assigned_charges
WHERE BilledCost <> 0 AND {customers}
GROUP BY 1, 2, 3, 4, 5, 6, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, CustomerId, x_BillMonth
