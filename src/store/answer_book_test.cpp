#include "store/answer_book.h"

#include <gmock/gmock.h>

#include "foundation/base/test_support.h"
#include "store/control_plane.h"
#include "store/sqlite_internal.h"

namespace apportion {
namespace {

constexpr std::int64_t kNow = 1'790'000'000;
constexpr std::int64_t kDay = std::int64_t{24} * 60 * 60;
const AnswerKey kKey{"user:anna", "k1"};
const KeptAnswer kAnswer{201, "abc", {{"Location", "/api/v1/customers/contoso"}, {"X-Note", "a: b"}}, R"({"id":"ä"})"};

class AnswerBookTest : public ::testing::Test {
 protected:
  AnswerBookTest() {
    EXPECT_TRUE(ControlPlane::open(file_, Clock::fixed(*Day::parse("2026-11-22")), true));
    book_.emplace(std::move(AnswerBook::open(file_)).value());
  }

  std::optional<AnswerEntry> begin(const AnswerKey& key, std::int64_t now = kNow) {
    return *book_->begin(key, "request", "folder", now);
  }
  std::int64_t entries() {
    auto sqlite = std::move(SqliteDatabase::open(file_, {})).value();
    return **sqlite.query_integer("SELECT count(*) FROM kept_answer");
  }

  TestFolder folder_;
  std::filesystem::path file_ = folder_ / "control-plane.sqlite";
  std::optional<AnswerBook> book_;
};

TEST_F(AnswerBookTest, AnAnswerIsThereForTheNextProcess) {
  EXPECT_FALSE(begin(kKey));
  ASSERT_TRUE(book_->keep(kKey, kAnswer));
  AnswerBook next = std::move(AnswerBook::open(file_)).value();
  const auto entry = *next.begin(kKey, "another", "of another", kNow + 1);
  ASSERT_TRUE(entry);
  EXPECT_EQ(entry->request_hash, "request");
  EXPECT_EQ(entry->answer, kAnswer);
}

TEST_F(AnswerBookTest, ARequestThatWasBegunHasNoAnswerYet) {
  EXPECT_FALSE(begin(kKey));
  const auto entry = begin(kKey);
  ASSERT_TRUE(entry);
  EXPECT_EQ(entry->folder, "folder");
  EXPECT_FALSE(entry->answer);
}

TEST_F(AnswerBookTest, KeysBelongToAnActor) {
  EXPECT_FALSE(begin(kKey));
  EXPECT_FALSE(begin({"user:bert", "k1"}));
  ASSERT_TRUE(book_->forget(kKey));
  EXPECT_FALSE(begin(kKey));
  EXPECT_TRUE(begin({"user:bert", "k1"}));
}

TEST_F(AnswerBookTest, EntriesAreDroppedAfterADay) {
  EXPECT_FALSE(begin(kKey));
  EXPECT_TRUE(begin(kKey, kNow + kDay));
  EXPECT_FALSE(begin(kKey, kNow + kDay + 1));
  EXPECT_EQ(entries(), 1);
}

TEST_F(AnswerBookTest, TheOldestAreDroppedWhenThereAreTooMany) {
  EXPECT_FALSE(begin(kKey));
  {
    auto sqlite = std::move(SqliteDatabase::open(file_, {})).value();
    ASSERT_TRUE(
        sqlite.run("WITH RECURSIVE number (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < 10000)"
                   " INSERT INTO kept_answer (actor, key_hash, request_hash, since, folder)"
                   " SELECT 'user:bert', n, '', ?, '' FROM number",
                   {kNow}));
  }
  EXPECT_FALSE(begin(kKey)) << "it was the oldest of 10,001";
  EXPECT_EQ(entries(), 10'001);
}

}  // namespace
}  // namespace apportion
