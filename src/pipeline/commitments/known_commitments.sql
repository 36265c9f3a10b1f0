-- What charges say of commitments by being there: names, days of use, and whose what is unused was.
SELECT id, reservation, product_order, kind, part, name, x_BillSource,
  CASE WHEN part = 'unused' THEN CustomerId ELSE '' END AS holder,
  CASE WHEN part = 'unused' THEN tenant ELSE '' END AS holder_tenant,
  CASE WHEN part = 'unused' THEN tenant_name ELSE '' END AS holder_tenant_name,
  part = 'unused' AND is_of_partner AS is_held_by_partner,
  min(day) AS first_day, max(day) AS last_day, max(term) AS term
FROM commitment_parts
WHERE x_AssignmentKind <> 'move'
GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
ORDER BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
