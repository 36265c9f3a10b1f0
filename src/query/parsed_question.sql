-- The parsed text of a question, as JSON.
SELECT json_serialize_sql(CAST(? AS VARCHAR))
