# Writes a header with one constant that holds the text of a .sql file: months_of_charges.sql -> kMonthsOfChargesSql.
get_filename_component(stem ${INPUT} NAME_WE)
string(REPLACE "-" "_" stem ${stem})
string(REPLACE "_" ";" words ${stem})
set(constant k)
foreach(word IN LISTS words)
  string(SUBSTRING ${word} 0 1 first)
  string(SUBSTRING ${word} 1 -1 rest)
  string(TOUPPER ${first} first)
  string(APPEND constant ${first}${rest})
endforeach()
file(READ ${INPUT} text)
file(WRITE ${OUTPUT}
     "// Made from ${stem}.sql by cmake/embed_sql.cmake.\n"
     "#pragma once\n#include <string_view>\nnamespace apportion::sql {\n"
     "inline constexpr std::string_view ${constant}Sql = R\"sql(${text})sql\";\n}  // namespace apportion::sql\n")
