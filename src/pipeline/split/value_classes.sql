-- Values of one column and their classes. Values that are not in the table are of class 0.
CREATE OR REPLACE TEMP TABLE {table} (value {type}, class BIGINT)
