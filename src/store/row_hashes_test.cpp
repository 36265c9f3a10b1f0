#include "foundation/base/next_step.h"
#include "store/row_hashes_internal.h"

#include <array>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "foundation/base/test_support.h"
#include "store/control_plane.h"
#include "store/migrations_internal.h"

namespace apportion {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const Clock kClock = Clock::fixed(*Day::parse("2026-11-22"));
constexpr const char* kTenant = "8d1f0f6e-0000-4000-8000-000000000001";

class RowHashes : public ::testing::Test {
 protected:
  RowHashes() : file_(folder_ / "db"), plane_(std::move(ControlPlane::open(file_, kClock, true)).value()) {
    APPORTION_CHECK(plane_.put_customers({{CustomerId("contoso"), "Contoso", "C-1", {kTenant}}}), "");
    APPORTION_CHECK(plane_.add_connection({.name = "acme"}), "");
    APPORTION_CHECK(plane_.add_document(DocumentKind::kRules, "- effective: 2026-01\n  rules: []\n"), "");
  }

  // As a disk does it: without a trigger.
  void damage(const std::string& statements) {
    auto database = SqliteDatabase::open(file_, {});
    APPORTION_CHECK(database && database->execute("PRAGMA foreign_keys = OFF"), "");
    const auto done = [&]() -> Result<void> {
      APPORTION_ASSIGN(auto transaction, SqliteTransaction::begin_write(*database));
      APPORTION_TRY(database->execute("CREATE TEMP TABLE kept AS SELECT * FROM sqlite_schema WHERE type = 'trigger'"));
      APPORTION_TRY(drop_row_hash_triggers(*database));
      APPORTION_TRY(database->execute(statements));
      std::vector<std::string> triggers;
      APPORTION_TRY(database->query("SELECT sql FROM kept WHERE name GLOB 'row_hash_*'", {}, [&](const SqliteRow& row) {
        triggers.push_back(row.text(0));
        return ok();
      }));
      for (const std::string& trigger : triggers) APPORTION_TRY(database->execute(trigger));
      return transaction.commit();
    }();
    APPORTION_CHECK(done, done ? "" : done.error().message().c_str());
  }

  std::vector<std::string> damages(PlaneCheck check = PlaneCheck::kWhole) {
    const auto found = plane_.damages(check);
    APPORTION_CHECK(found, "");
    std::vector<std::string> messages;
    for (const Error& error : *found) {
      EXPECT_EQ(error.id, ErrorId::kControlPlaneDamaged);
      EXPECT_THAT(error.next, HasSubstr(step(Step::kRestoreHome)));
      messages.push_back(error.message());
    }
    return messages;
  }

  const TestFolder folder_;
  const std::filesystem::path file_;
  ControlPlane plane_;
};

TEST_F(RowHashes, HoldAfterEveryKindOfChange) {
  EXPECT_THAT(damages(), IsEmpty());
  ASSERT_TRUE(plane_.put_customers({{CustomerId("contoso"), "Contoso", "", {}, {{kTenant, *Day::parse("2026-10-01")}}},
                                    {CustomerId("fabrikam"), "Fabrikam", "", {kTenant}}}));
  ASSERT_TRUE(plane_.put_setting("queries.threads", "2"));
  ASSERT_TRUE(plane_.put_setting("queries.threads", "3"));  // REPLACE
  ASSERT_TRUE(plane_.put_setting("queries.threads", std::nullopt));
  auto acme = *plane_.connection_named("acme");
  acme.name = "acme-2";
  acme.locations = {{Dataset::kActualCost, "/exports"}};
  ASSERT_TRUE(plane_.update_connection(acme));
  ASSERT_TRUE(plane_.next_import_id());  // UPDATE … RETURNING
  ASSERT_TRUE(plane_.remove_customer(CustomerId("contoso")));
  ASSERT_TRUE(plane_.remove_connection(acme.id));  // its locations go by a foreign key
  EXPECT_THAT(damages(), IsEmpty());
  EXPECT_THAT(damages(PlaneCheck::kRows), IsEmpty());
}

TEST_F(RowHashes, NameTheRowThatIsNotAsItWasWritten) {
  damage("UPDATE customer SET name = 'Contosp'");
  EXPECT_THAT(damages(PlaneCheck::kRows),
              ElementsAre(HasSubstr("customer contoso: its content is not what was written")));
  EXPECT_EQ(plane_.check(PlaneCheck::kRows).error().id, ErrorId::kControlPlaneDamaged);
}

TEST_F(RowHashes, NameRowsThatAreGoneAndRowsThatNobodyWrote) {
  damage("UPDATE customer_tenant SET tenant_id = replace(tenant_id, '8d', '9d')");
  const auto found = damages();
  ASSERT_THAT(found, SizeIs(2));
  EXPECT_THAT(found[0], AllOf(HasSubstr("customer tenant 9d1f"), HasSubstr("no such row was written")));
  EXPECT_THAT(found[1], AllOf(HasSubstr("customer tenant 8d1f"), HasSubstr("is gone")));
}

TEST_F(RowHashes, SeeAChangedNumberATextThatBecameAnotherAndADocument) {
  damage("UPDATE document SET text = replace(text, '2026-01', '2026-03'); UPDATE counter SET last = last + 1");
  EXPECT_THAT(damages(), SizeIs(4));  // three counters
}

TEST_F(RowHashes, DamageStaysSeenWhenTheRowIsUpdatedAndGoesWhenItIsWrittenAnew) {
  damage("UPDATE connection SET name = 'acne'; UPDATE customer SET name = 'Contosp'");
  auto acne = *plane_.connection_named("acne");
  acne.allow_overlap = true;
  ASSERT_TRUE(plane_.update_connection(acne));
  ASSERT_TRUE(plane_.put_customers({{CustomerId("contoso"), "Contoso", "C-1", {kTenant}}}));
  EXPECT_THAT(damages(), ElementsAre(HasSubstr("connection 1")));
}

TEST_F(RowHashes, OfTheSchemaSeeAChangedTable) {
  damage(
      "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = replace(sql, 'external_id', 'external_ie')"
      " WHERE name = 'customer'; PRAGMA writable_schema = OFF");
  EXPECT_THAT(plane_.check(PlaneCheck::kWhole).error().message(), HasSubstr("the control plane is damaged"));
}

TEST_F(RowHashes, AChangedEntryOfTheAuditLogIsDamage) {
  damage("DROP TRIGGER audit_log_is_not_changed; UPDATE audit_log SET detail = 'x' WHERE id = 2");
  EXPECT_THAT(damages(), Contains(HasSubstr("entry 2 of the audit log")));
}

TEST(RowHashMigration, HashesAHomeOfBeforeAndRefusesADamagedOne) {
  const TestFolder folder;
  constexpr std::size_t kBeforeHashes = 11;
  const auto migrations = control_plane_migrations();
  {
    auto old = SqliteDatabase::open(folder / "db", {.create = true});
    ASSERT_TRUE(old && bring_up_to_date(*old, migrations.first(kBeforeHashes)));
    ASSERT_TRUE(old->execute("INSERT INTO customer VALUES ('contoso', 'Contoso', '')"));
  }
  {
    const auto plane = ControlPlane::open(folder / "db", kClock, false);
    ASSERT_TRUE(plane) << plane.error().message();
    EXPECT_TRUE(plane->check(PlaneCheck::kWhole));
  }
  auto database = SqliteDatabase::open(folder / "db", {});
  ASSERT_TRUE(database->execute("DROP TRIGGER row_hash_update_customer; UPDATE customer SET name = 'Contosp'"));
  std::vector<std::string_view> more(migrations.begin(), migrations.end());
  more.emplace_back("CREATE TABLE another (a INTEGER PRIMARY KEY)");
  const auto refused = bring_up_to_date(*database, more);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().id, ErrorId::kControlPlaneDamaged);
}

TEST(RowHashMigration, TablesOfLaterMigrationsAreHashedToo) {
  const TestFolder folder;
  auto database = SqliteDatabase::open(folder / "db", {.create = true});
  const auto migrations = control_plane_migrations();
  ASSERT_TRUE(bring_up_to_date(*database, migrations));
  std::vector<std::string_view> more(migrations.begin(), migrations.end());
  more.emplace_back("CREATE TABLE another (a INTEGER PRIMARY KEY, b TEXT); ALTER TABLE customer ADD COLUMN c TEXT");
  const auto migrated = bring_up_to_date(*database, more);
  ASSERT_TRUE(migrated) << migrated.error().message();
  ASSERT_TRUE(database->execute("INSERT INTO another VALUES (1, 'x')"));
  ASSERT_TRUE(database->execute("INSERT INTO customer (id, name, external_id, c) VALUES ('a', 'A', '', 'x')"));
  EXPECT_THAT(*damaged_rows(*database, TablesToCheck::kAll), IsEmpty());
  ASSERT_TRUE(database->execute("DROP TRIGGER row_hash_update_another; UPDATE another SET b = 'y'"));
  EXPECT_THAT(*damaged_rows(*database, TablesToCheck::kAll), SizeIs(1));
}

}  // namespace
}  // namespace apportion
