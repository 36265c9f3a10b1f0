-- Shares of charges, and moves of their cost.
SELECT a.*, {assignment_id} AS x_AssignmentId
FROM (
  SELECT *, 'share' AS x_AssignmentKind FROM share_assignments
  UNION ALL
  SELECT *, 'move' AS x_AssignmentKind FROM move_assignments
) a
