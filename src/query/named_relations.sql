-- What people may name in a question, over the relations of lake/relations.h, which step aside. Customers have one row
-- each, so that a join by CustomerId doubles nothing; amounts that a split does not share stand in whole charges only.
ALTER VIEW charges RENAME TO stored_charges;
ALTER VIEW assigned_charges RENAME TO stored_assigned_charges;
ALTER VIEW reservation_details RENAME TO stored_reservation_details;
ALTER VIEW reservation_transactions RENAME TO stored_reservation_transactions;
ALTER VIEW reservation_recommendations RENAME TO stored_reservation_recommendations;
ALTER TABLE customers RENAME TO stored_customers;

CREATE TEMP VIEW charges AS
SELECT * EXCLUDE (x_BillMonth, x_CustomerNames), x_BillMonth AS Month
FROM stored_charges;

CREATE TEMP VIEW assigned_charges AS
SELECT a.* EXCLUDE (x_BillMonth, x_CustomerNames, CustomerId, x_RuleNumber, x_AssignmentKind, x_CarriedFrom, x_RowCount)
  REPLACE (
    CASE WHEN a.x_AssignmentKind = 'direct' THEN a.x_CostInPricingCurrency END AS x_CostInPricingCurrency,
    CASE WHEN a.x_AssignmentKind = 'direct' THEN a.x_CostInUsd END AS x_CostInUsd,
    CASE WHEN a.x_AssignmentKind = 'direct' THEN a.x_ListCostInUsd END AS x_ListCostInUsd,
    CASE WHEN a.x_AssignmentKind = 'direct' THEN a.CommitmentDiscountQuantity END AS CommitmentDiscountQuantity),
  a.x_BillMonth AS Month,
  a.CustomerId, coalesce(c.CustomerName, a.CustomerId) AS CustomerName, c.CustomerExternalId,
  a.x_RuleNumber, a.x_AssignmentKind, a.x_CarriedFrom, a.x_RowCount
FROM stored_assigned_charges a
LEFT JOIN stored_customers c ON a.CustomerId = c.CustomerId AND a.x_CustomerNames = c.x_CustomerNames;

CREATE TEMP VIEW assignments AS
SELECT x_RowId, x_BillMonth AS Month, CustomerId, x_RuleNumber, x_AssignmentKind
FROM stored_assigned_charges
WHERE x_CarriedFrom IS NULL;

CREATE TEMP VIEW shares AS
SELECT *, 'share' AS x_AssignmentKind FROM share_assignments
UNION ALL
SELECT *, 'move' AS x_AssignmentKind FROM move_assignments;

CREATE TEMP VIEW customers AS
SELECT CustomerId, CustomerName, CustomerExternalId
FROM stored_customers
WHERE x_CustomerNames = 0;

CREATE TEMP TABLE customer_tenants (CustomerId VARCHAR, TenantId VARCHAR, FromDay DATE);

CREATE TEMP TABLE months (
  Connection VARCHAR, Month VARCHAR, State VARCHAR, Reason VARCHAR, Charges BIGINT, Rejected BIGINT, IsSplit BIGINT,
  DataAsOf VARCHAR);

CREATE TEMP VIEW reservation_details AS
SELECT * EXCLUDE (x_BillMonth), x_BillMonth AS Month FROM stored_reservation_details;

CREATE TEMP VIEW reservation_transactions AS
SELECT * EXCLUDE (x_BillMonth), x_BillMonth AS Month FROM stored_reservation_transactions;

CREATE TEMP VIEW reservation_recommendations AS
SELECT * EXCLUDE (x_BillMonth), x_BillMonth AS Month FROM stored_reservation_recommendations;
