#include "foundation/model/bill_scope.h"

#include <string>

#include <gtest/gtest.h>

namespace apportion {
namespace {

const std::string kAccount = "/providers/Microsoft.Billing/billingAccounts/a:b_2019-05-31";

TEST(BillScope, HasOneFormToCompare) {
  EXPECT_EQ(canonical_scope(""), "");
  EXPECT_EQ(canonical_scope("providers/Microsoft.Billing/billingAccounts/A/"),
            "/providers/microsoft.billing/billingaccounts/a");
  EXPECT_EQ(canonical_scope(kAccount + "/billingProfiles/P/customers/C"), canonical_scope(kAccount + "/customers/c"));
  EXPECT_NE(canonical_scope(kAccount + "/billingProfiles/P/invoiceSections/C"),
            canonical_scope(kAccount + "/invoiceSections/c"));
}

TEST(BillScope, OfSubscriptionsAndGroupsIsRetail) {
  EXPECT_TRUE(is_retail_scope("/subscriptions/S"));
  EXPECT_TRUE(is_retail_scope("/Subscriptions/S/resourceGroups/rg"));
  EXPECT_TRUE(is_retail_scope("/providers/Microsoft.Management/managementGroups/m"));
  EXPECT_FALSE(is_retail_scope(kAccount));
  EXPECT_FALSE(is_retail_scope(kAccount + "/customers/c"));
  EXPECT_FALSE(is_retail_scope(""));
}

TEST(BillScope, LiesToAnotherAsItsLevelsSay) {
  struct Case {
    std::string left, right;
    ScopeRelation relation;
  };
  const Case cases[] = {
      {"", kAccount, ScopeRelation::kUnknown},
      {kAccount, kAccount + "/", ScopeRelation::kSame},
      {kAccount + "/customers/c", kAccount + "/billingProfiles/p/customers/C", ScopeRelation::kSame},
      {kAccount, kAccount + "/customers/c", ScopeRelation::kNested},
      {kAccount + "/billingProfiles/p", kAccount, ScopeRelation::kNested},
      {kAccount, "Providers/microsoft.billing/billingaccounts/A", ScopeRelation::kSame},
      {kAccount + "/customers/c", "/providers/Microsoft.Billing/billingAccounts/a/customers/C/", ScopeRelation::kSame},
      {kAccount + "/customers/c", "/providers/Microsoft.Billing/billingAccounts/a", ScopeRelation::kNested},
      {kAccount, "/providers/Microsoft.Billing/billingAccounts/a:c_2019-05-31", ScopeRelation::kApart},
      {kAccount, "/providers/Microsoft.Billing/billingAccounts/ab", ScopeRelation::kApart},
      {"/subscriptions/s", "/subscriptions/s:t", ScopeRelation::kApart},
      {"/subscriptions/s", "/subscriptions/s/resourceGroups/rg", ScopeRelation::kNested},
      {kAccount, kAccount + "1", ScopeRelation::kApart},
      {kAccount + "/customers/c", kAccount + "/customers/d", ScopeRelation::kApart},
      {"/subscriptions/s", "/subscriptions/t/resourceGroups/rg", ScopeRelation::kApart},
      {kAccount + "/billingProfiles/p", kAccount + "/customers/c", ScopeRelation::kCrossing},
      {kAccount, "/subscriptions/s", ScopeRelation::kCrossing},
      {kAccount, "/providers/Microsoft.Management/managementGroups/m", ScopeRelation::kCrossing},
  };
  for (const Case& one : cases) {
    EXPECT_EQ(relate_scopes(one.left, one.right), one.relation) << one.left << " " << one.right;
    EXPECT_EQ(relate_scopes(one.right, one.left), one.relation) << one.left << " " << one.right;
  }
}

}  // namespace
}  // namespace apportion
