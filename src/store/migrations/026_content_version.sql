-- A number that grows with each change of what answers are made of. Triggers (row_hashes_internal.h) keep it; who
-- remembers what it read compares it.
CREATE TABLE content_version (number INTEGER NOT NULL) STRICT;
INSERT INTO content_version VALUES (1);
