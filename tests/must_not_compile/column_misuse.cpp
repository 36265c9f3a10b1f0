// Code that must not compile: a column of charges of which nobody said who may see it.
#include "foundation/model/charge_columns.h"

namespace apportion {

void misuse() {
#if defined(CASE_COLUMN_WITHOUT_AUDIENCE)
  const ChargeColumn made{"x_New", ColumnType::kText, ColumnMatch::kExact, ForeignRows::kBlank, false, "New"};
#elif defined(CASE_COLUMN_WITHOUT_FOREIGN_ROWS)
  const ChargeColumn made{"x_New", ColumnType::kText, ColumnMatch::kExact, Audience::kPartner, false, "New"};
#else
  const ChargeColumn made{"x_New", ColumnType::kText,   ColumnMatch::kExact, Audience::kPartner, ForeignRows::kBlank,
                          false,   "A column of a test"};
#endif
  (void)made;
}

}  // namespace apportion
