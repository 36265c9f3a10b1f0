-- The rows of a carry, added up anew. An effective cost is unknown when that of a row is.
SELECT BillingCurrency, coalesce(ChargeCategory, ''), sum(BilledCost),
  CASE WHEN count(*) = count(EffectiveCost) THEN sum(EffectiveCost) END
FROM proof_carried
GROUP BY BillingCurrency, coalesce(ChargeCategory, '')
ORDER BY 1, 2
