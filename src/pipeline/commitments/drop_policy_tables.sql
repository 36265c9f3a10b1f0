DROP TABLE IF EXISTS policy_choice;
DROP TABLE IF EXISTS policy_moves
