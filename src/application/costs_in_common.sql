-- How far two sets of charges hold the costs of the same payers. A payer is a subscription of a billing account and
-- profile, or a customer's tenant where there is no subscription. What one side does not say tells nothing apart. An
-- account is the same with and without what follows the colon of its id.
WITH ours AS (
  SELECT DISTINCT
    lower(regexp_replace(trim(TRAILING '/' FROM coalesce(x_BillingAccountId, '')), '^.*/', '')) AS account,
    lower(regexp_replace(trim(TRAILING '/' FROM coalesce(BillingAccountId, '')), '^.*/', '')) AS profile,
    lower(coalesce(nullif(x_SubscriptionId, ''), x_CustomerTenantId, '')) AS payer
  FROM our_charges
), theirs AS (
  SELECT DISTINCT
    lower(regexp_replace(trim(TRAILING '/' FROM coalesce(x_BillingAccountId, '')), '^.*/', '')) AS account,
    lower(regexp_replace(trim(TRAILING '/' FROM coalesce(BillingAccountId, '')), '^.*/', '')) AS profile,
    lower(coalesce(nullif(x_SubscriptionId, ''), x_CustomerTenantId, '')) AS payer
  FROM their_charges
), compared AS (
  SELECT theirs.payer, EXISTS (
    SELECT 1 FROM ours
    WHERE ours.payer = theirs.payer
      AND (ours.account = theirs.account OR ours.account = '' OR theirs.account = ''
           OR ours.account = split_part(theirs.account, ':', 1)
           OR theirs.account = split_part(ours.account, ':', 1))
      AND (ours.profile = theirs.profile OR ours.profile = '' OR theirs.profile = '')
  ) AS is_ours
  FROM theirs
)
SELECT
  count(*) FILTER (WHERE is_ours AND payer <> '') AS shared,
  count(*) FILTER (WHERE NOT is_ours) AS only_theirs,
  coalesce(min(payer) FILTER (WHERE is_ours AND payer <> ''), '') AS a_shared_payer,
  coalesce(min(payer) FILTER (WHERE NOT is_ours), '') AS a_payer_of_theirs
FROM compared
