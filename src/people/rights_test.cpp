#include "people/rights.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace apportion {
namespace {

// One line per right, the roles that have it in their order: owner, billing Engineer, finance, Analyst, oPerator,
// Customer admin, customer Viewer, Worker.
std::string table() {
  constexpr std::string_view kLetters = "OEFAPCVW";
  std::string text;
  for (const RightDefinition& right : right_definitions()) {
    std::string roles;
    for (const RoleDefinition& role : role_definitions()) {
      roles += has_right(role.id, right.id) ? kLetters[static_cast<std::size_t>(role.id)] : '.';
    }
    text += fmt::format("{} {}\n", roles, right.name);
  }
  return text;
}

TEST(Rights, AreThoseOfTheTable) {
  EXPECT_EQ(table(), R"(OEFAPCVW anyone
OEFAPCV. signed-in
O....... manage-people
O....C.. manage-own-people
OE...... manage-connections
OE..P... read-connections
OEF..... manage-customers
OEFA.... read-customers
OE...... apply-documents
OEFA.... read-documents
O.F..... manage-months
OEFA.... read-months
OEF..... manage-invoices
OEFA.... read-partner-costs
OEFA.CV. read-own-costs
OEF..... act-as-customer
OE.A.... ask-in-sql
OE..P... manage-alerts
OEFAP... read-alerts
OE..P... operate
O.F.P... read-audit
O.F.PC.. read-own-audit
.......W take-runs
)");
}

// The table of docs/people.md.
std::string table_of_rights() {
  std::string text = "| right |";
  for (const RoleDefinition& role : role_definitions()) text += fmt::format(" {} |", role.title);
  text += "\n|---|";
  for (std::size_t i = 0; i < role_definitions().size(); ++i) text += "---|";
  text += "\n";
  for (const RightDefinition& right : right_definitions()) {
    text += fmt::format("| {} |", right.about);
    for (const RoleDefinition& role : role_definitions()) text += has_right(role.id, right.id) ? " ✓ |" : " |";
    text += "\n";
  }
  return text;
}

// With APPORTION_WRITE_DOCS set in the environment, the page is written again.
TEST(Rights, ThePageOfPeopleSaysWhatTheTableSays) {
  const std::filesystem::path page = std::filesystem::path(APPORTION_DOCS_FOLDER) / "people.md";
  std::ifstream file(page);
  std::string text{std::istreambuf_iterator<char>(file), {}};
  const std::size_t begin = text.find("| right |");
  ASSERT_NE(begin, std::string::npos);
  const std::size_t size = text.find("\n\n", begin) + 1 - begin;
  if (std::getenv("APPORTION_WRITE_DOCS") != nullptr) {
    std::ofstream(page) << std::string(text).replace(begin, size, table_of_rights());
  }
  EXPECT_EQ(text.substr(begin, size), table_of_rights()) << "set APPORTION_WRITE_DOCS=1 and run this test again";
}

TEST(Rights, StandInTheOrderOfTheirNumbers) {
  for (const RightDefinition& right : right_definitions()) EXPECT_EQ(&right_definition(right.id), &right);
}

TEST(Rights, OfCustomersPeopleAreAboutTheirCustomerOnly) {
  for (const RoleDefinition& role : role_definitions()) {
    if (!role.of_customer) continue;
    for (const Right right : {Right::kManagePeople, Right::kReadPartnerCosts, Right::kActAsCustomer, Right::kAskInSql,
                              Right::kReadAudit, Right::kReadCustomers, Right::kOperate, Right::kReadMonths}) {
      EXPECT_FALSE(has_right(role.id, right)) << role.name << ' ' << right_definition(right).name;
    }
  }
}

}  // namespace
}  // namespace apportion
