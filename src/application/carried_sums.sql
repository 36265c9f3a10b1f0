-- The rows of a carry, added up by currency and category.
SELECT BillingCurrency, coalesce(ChargeCategory, ''), sum(BilledCost),
  CASE WHEN count(*) = count(EffectiveCost) THEN sum(EffectiveCost) END
FROM carried_file
GROUP BY BillingCurrency, coalesce(ChargeCategory, '')
ORDER BY 1, 2
