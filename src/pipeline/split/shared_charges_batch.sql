SELECT outcome, x_RowId, BillingCurrency, ChargeCategory,
       BilledCost, EffectiveCost, ListCost, ContractedCost, PricingQuantity, ConsumedQuantity,
       tenant, tenant_name, is_kept
FROM split_shared_charges WHERE position > ? AND position <= ?
