#include "store/people_book.h"

#include <optional>
#include <thread>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "foundation/base/test_support.h"
#include "store/azure_catalog.h"
#include "store/control_plane.h"
#include "store/migrations_internal.h"

namespace apportion {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const Clock kClock = Clock::fixed(*Day::parse("2026-11-22"));
constexpr std::int64_t kStart = 1'795'000'000;
constexpr std::int64_t kHour = 3600;

class PeopleBookTest : public ::testing::Test {
 protected:
  PeopleBookTest() {
    auto plane = ControlPlane::open(file_, kClock, true);
    EXPECT_TRUE(plane);
    EXPECT_TRUE(
        plane->put_customers({{CustomerId("contoso"), "Contoso", "", {}}, {CustomerId("fabrikam"), "F", "", {}}}));
    plane_.emplace(std::move(plane).value());
    book_.emplace(another_book());
  }

  // As another process or thread has it.
  PeopleBook another_book() {
    return std::move(PeopleBook::open(file_, kClock, [this] { return now_; })).value();
  }

  UserId add(const std::string& name, Role role = Role::kOwner, const std::optional<CustomerId>& customer = {}) {
    User user;
    user.name = name;
    user.display_name = name;
    user.role = role;
    user.customer = customer;
    const auto added = book_->add_user(user, doer_);
    EXPECT_TRUE(added) << added.error().message();
    return *added;
  }

  // Returns the public id, which is also what the secret is made of.
  std::string sign_in(UserId user, const std::string& id) {
    const auto started = book_->start_session({.secret_hash = "hash " + id,
                                               .id = id,
                                               .user = user,
                                               .os_user = user == UserId(0) ? "billing" : "",
                                               .idle_seconds = kHour,
                                               .last_seconds = 3 * kHour,
                                               .address = "10.0.0.7",
                                               .user_agent = "a browser",
                                               .how = "password"},
                                              {"user:x", "10.0.0.7"});
    EXPECT_TRUE(started) << started.error().message();
    return id;
  }

  bool lives(const std::string& id) { return book_->use_session("hash " + id, kHour)->has_value(); }
  std::string last_entry() {
    const auto entries = *plane_->audit_log(1);
    if (entries.empty()) return {};
    const std::string address = entries[0].address.value_or("");
    return entries[0].actor + " " + entries[0].what + " " + entries[0].detail +
           (address.empty() ? "" : ", from " + address);
  }

  TestFolder folder_;
  std::filesystem::path file_ = folder_ / "control-plane.sqlite";
  std::int64_t now_ = kStart;
  Doer doer_{"os:ada"};
  std::optional<ControlPlane> plane_;
  std::optional<PeopleBook> book_;
};

TEST_F(PeopleBookTest, KeepsUsers) {
  const UserId anna = add("anna@example.com");
  EXPECT_EQ(last_entry(), "os:ada user.add anna@example.com: owner");
  add("bea", Role::kCustomerAdmin, CustomerId("contoso"));
  EXPECT_EQ(last_entry(), "os:ada user.add bea: customer-admin of contoso");
  const auto users = *another_book().users();
  ASSERT_THAT(users, SizeIs(2));
  EXPECT_EQ(users[0].id, anna);
  EXPECT_EQ(users[0].name, "anna@example.com");
  EXPECT_EQ(users[0].created_at, kStart);
  EXPECT_EQ(users[1].role, Role::kCustomerAdmin);
  EXPECT_EQ(users[1].customer, CustomerId("contoso"));
  EXPECT_THAT(*book_->users(CustomerId("contoso")), SizeIs(1));
  EXPECT_EQ(book_->user_named("anna@example.com")->id, anna);
  EXPECT_EQ(book_->user_named("nobody").error().id, ErrorId::kNoSuchUser);
}

TEST_F(PeopleBookTest, RefusesUsersThatCannotBe) {
  add("anna");
  User user;
  user.name = "anna";
  user.role = Role::kAnalyst;
  EXPECT_EQ(book_->add_user(user, doer_).error().id, ErrorId::kUserExists);
  user.name = "bea";
  user.role = Role::kCustomerViewer;
  user.customer = CustomerId("nobody");
  EXPECT_EQ(book_->add_user(user, doer_).error().id, ErrorId::kNoSuchCustomer);
  user.customer.reset();
  EXPECT_FALSE(book_->add_user(user, doer_)) << "a viewer of no customer";
  user.role = Role::kOwner;
  user.customer = CustomerId("contoso");
  EXPECT_FALSE(book_->add_user(user, doer_)) << "an owner of a customer";
}

TEST_F(PeopleBookTest, KeepsAnOwner) {
  const UserId anna = add("anna");
  const UserId bea = add("bea", Role::kFinance);
  EXPECT_EQ(book_->remove_user(anna, doer_).error().id, ErrorId::kLastOwner);
  EXPECT_EQ(book_->change_user(anna, {.role = Role::kAnalyst}, doer_).error().id, ErrorId::kLastOwner);
  EXPECT_EQ(book_->change_user(anna, {.disabled = true}, doer_).error().id, ErrorId::kLastOwner);
  EXPECT_EQ(book_->user(anna)->role, Role::kOwner) << "nothing was changed";
  ASSERT_TRUE(book_->change_user(bea, {.role = Role::kOwner}, doer_));
  ASSERT_TRUE(book_->change_user(bea, {.disabled = true}, doer_));
  EXPECT_EQ(book_->remove_user(anna, doer_).error().id, ErrorId::kLastOwner) << "the other one is disabled";
  ASSERT_TRUE(book_->change_user(bea, {.disabled = false}, doer_));
  EXPECT_TRUE(book_->remove_user(anna, doer_));
  EXPECT_EQ(last_entry(), "os:ada user.remove anna");
}

TEST_F(PeopleBookTest, TwoWhoDemoteEachOtherLeaveAnOwner) {
  const UserId anna = add("anna");
  const UserId bea = add("bea");
  bool anna_went = false;
  bool bea_went = false;
  {
    PeopleBook other = another_book();
    std::thread demotes(
        [&] { anna_went = other.change_user(anna, {.role = Role::kAnalyst}, {"user:bea"}).has_value(); });
    bea_went = book_->change_user(bea, {.role = Role::kAnalyst}, {"user:anna"}).has_value();
    demotes.join();
  }
  EXPECT_NE(anna_went, bea_went);
}

TEST_F(PeopleBookTest, SaysWhatWasChanged) {
  const UserId anna = add("anna", Role::kAnalyst);
  ASSERT_TRUE(book_->change_user(
      anna, {.display_name = "Anna", .role = Role::kCustomerViewer, .customer = std::optional(CustomerId("contoso"))},
      {"user:bea", "10.0.0.7"}));
  const auto newest = *plane_->audit_log(2);
  EXPECT_EQ(newest[1].detail, "anna: is called Anna, customer-viewer of contoso instead of analyst");
  EXPECT_EQ(newest[1].customer, "") << "what she was is the partner's";
  EXPECT_EQ(last_entry(), "user:bea user.add anna: customer-viewer of contoso, from 10.0.0.7");
  EXPECT_EQ(newest[0].customer, "contoso");
  const std::size_t entries = plane_->audit_log()->size();
  ASSERT_TRUE(book_->change_user(anna, {.display_name = "Anna"}, doer_));
  EXPECT_EQ(plane_->audit_log()->size(), entries) << "nothing changed";
  EXPECT_TRUE(plane_->verify_audit_log()->holds());
}

TEST_F(PeopleBookTest, SaysWhomItConcernsAndWhosePeopleDidIt) {
  const UserId cleo = add("cleo", Role::kCustomerAdmin, CustomerId("contoso"));
  const auto newest = [this] {
    const AuditEntry entry = plane_->audit_log(1)->front();
    return entry.what + " of " + entry.customer + (entry.by_customer ? ", by it" : "");
  };
  EXPECT_EQ(newest(), "user.add of contoso");
  const Doer own{"user:cleo", "10.0.0.9", CustomerId("contoso")};
  ASSERT_TRUE(book_->start_session(
      {.secret_hash = "h", .id = "s", .user = cleo, .idle_seconds = kHour, .last_seconds = kHour, .how = "password"},
      own));
  EXPECT_EQ(newest(), "session.start of contoso, by it");
  ASSERT_TRUE(book_->end_session("s", doer_));
  EXPECT_EQ(newest(), "session.end of contoso");
  ASSERT_TRUE(book_->note("dataset.download", "focus.csv", own));
  EXPECT_EQ(newest(), "dataset.download of contoso, by it");
  ASSERT_TRUE(book_->note("customer.act-as", "contoso", doer_, CustomerId("contoso")));
  EXPECT_EQ(newest(), "customer.act-as of contoso");
  ASSERT_TRUE(book_->change_user(cleo, {.customer = std::optional(CustomerId("fabrikam"))}, doer_));
  for (const auto& [customer, told] :
       {std::pair("contoso", "user.remove cleo"), std::pair("fabrikam", "user.add cleo: customer-admin of fabrikam")}) {
    const AuditEntry entry = plane_->audit_log_of(CustomerId(customer), 1)->front();
    EXPECT_EQ(entry.what + " " + entry.detail, told);
  }
  add("anna");
  EXPECT_EQ(newest(), "user.add of ");
  EXPECT_TRUE(plane_->verify_audit_log()->holds());
}

TEST_F(PeopleBookTest, ASessionIsUsedUntilItEnds) {
  const UserId anna = add("anna");
  sign_in(anna, "s1");
  EXPECT_EQ(last_entry(), "user:x session.start anna by password, from 10.0.0.7");
  const auto session = *book_->use_session("hash s1", kHour);
  ASSERT_TRUE(session);
  EXPECT_EQ(session->id, "s1");
  EXPECT_EQ(session->user, anna);
  EXPECT_EQ(session->name, "anna");
  EXPECT_EQ(session->role, Role::kOwner);
  EXPECT_EQ(session->user_agent, "a browser");
  EXPECT_EQ(session->last_end, kStart + 3 * kHour);
  EXPECT_FALSE(lives("s2"));
  now_ += kHour - 1;
  EXPECT_TRUE(lives("s1")) << "not idle for an hour";
  now_ += kHour - 1;
  EXPECT_TRUE(lives("s1")) << "its use counts";
  now_ += kHour;
  EXPECT_FALSE(lives("s1"));
  EXPECT_THAT(*book_->sessions(), IsEmpty());
}

TEST_F(PeopleBookTest, ASessionEndsHoweverMuchItIsUsed) {
  sign_in(add("anna"), "s1");
  for (int i = 0; i < 5; ++i) {
    now_ += kHour / 2;
    EXPECT_TRUE(lives("s1"));
  }
  now_ += kHour / 2;
  EXPECT_FALSE(lives("s1"));
}

TEST_F(PeopleBookTest, UseIsWrittenOnceAMinuteAndNeverWaits) {
  sign_in(add("anna"), "s1");
  now_ += 59;
  EXPECT_TRUE(lives("s1"));
  EXPECT_EQ(book_->sessions()->at(0).seen_at, kStart);
  now_ += 1;
  {
    const auto writing = plane_->begin();  // somebody else
    EXPECT_TRUE(lives("s1"));
  }
  EXPECT_EQ(book_->sessions()->at(0).seen_at, kStart) << "it was left out";
  EXPECT_TRUE(lives("s1"));
  EXPECT_EQ(book_->sessions()->at(0).seen_at, now_);
}

TEST_F(PeopleBookTest, ChangesThatMatterEndSessionsAtOnce) {
  add("owner");
  const UserId anna = add("anna");
  sign_in(anna, "s1");
  ASSERT_TRUE(book_->change_user(anna, {.display_name = "Anna"}, doer_));
  EXPECT_TRUE(lives("s1"));
  ASSERT_TRUE(book_->change_user(anna, {.role = Role::kAnalyst}, doer_));
  EXPECT_FALSE(lives("s1"));
  sign_in(anna, "s2");
  ASSERT_TRUE(book_->change_user(anna, {.disabled = true}, doer_));
  EXPECT_FALSE(lives("s2"));
  ASSERT_TRUE(book_->change_user(anna, {.disabled = false}, doer_));
  EXPECT_FALSE(lives("s2")) << "an ended session stays so";
  sign_in(anna, "s3");
  sign_in(anna, "s4");
  ASSERT_TRUE(book_->set_password(anna, "hash", "s4", doer_));
  EXPECT_FALSE(lives("s3"));
  EXPECT_TRUE(lives("s4")) << "the one that changed it";
  ASSERT_TRUE(book_->remove_user(anna, doer_));
  EXPECT_FALSE(lives("s4"));
}

TEST_F(PeopleBookTest, ADisabledUserStartsNoSession) {
  add("owner");
  const UserId anna = add("anna");
  ASSERT_TRUE(book_->change_user(anna, {.disabled = true}, doer_));
  EXPECT_FALSE(
      book_->start_session({.secret_hash = "h", .id = "s", .user = anna, .idle_seconds = 1, .last_seconds = 1}, doer_));
  EXPECT_THAT(*book_->sessions(), IsEmpty());
}

TEST_F(PeopleBookTest, SessionsAreListedAndEnded) {
  const UserId anna = add("anna");
  sign_in(anna, "s1");
  sign_in(UserId(0), "s2");
  EXPECT_THAT(*book_->sessions(), SizeIs(2));
  const auto of_the_system = *book_->sessions(UserId(0));
  ASSERT_THAT(of_the_system, SizeIs(1));
  EXPECT_EQ(of_the_system[0].os_user, "billing");
  EXPECT_EQ(of_the_system[0].role, Role::kOwner);
  ASSERT_TRUE(book_->end_session("s2", doer_));
  EXPECT_EQ(last_entry(), "os:ada session.end billing s2");
  EXPECT_FALSE(lives("s2"));
  EXPECT_TRUE(book_->end_session("s2", doer_));
  ASSERT_TRUE(book_->end_sessions_of(anna, doer_));
  EXPECT_FALSE(lives("s1"));
}

TEST_F(PeopleBookTest, AllSessionsAndLinksEndTogether) {
  const UserId anna = add("anna");
  ASSERT_TRUE(book_->end_all_sessions(doer_));
  EXPECT_EQ(last_entry(), "os:ada user.add anna: owner") << "there was nothing to end";
  sign_in(anna, "s1");
  ASSERT_TRUE(book_->add_link({"link", LinkPurpose::kReset, anna, "", kStart + kHour}, doer_));
  ASSERT_TRUE(book_->end_all_sessions(doer_));
  EXPECT_EQ(last_entry(), "os:ada session.end everybody's");
  EXPECT_FALSE(lives("s1"));
  EXPECT_FALSE(*book_->link("link"));
}

TEST_F(PeopleBookTest, AUserHasSoManySessions) {
  const UserId anna = add("anna");
  for (int i = 0; i < 25; ++i) {
    ++now_;
    sign_in(anna, std::to_string(i));
  }
  EXPECT_THAT(*book_->sessions(anna), SizeIs(20));
  EXPECT_FALSE(lives("4"));
  EXPECT_TRUE(lives("5"));
}

TEST_F(PeopleBookTest, TokensAreUsedUntilTheyEndOrAreRevoked) {
  TokenRow token{"t1", "nightly", "hash", Role::kCustomerViewer, CustomerId("contoso"), kStart + kHour};
  token.created_by = "os:ada";
  ASSERT_TRUE(book_->add_token(token, doer_));
  EXPECT_EQ(last_entry(), "os:ada token.add nightly: customer-viewer of contoso");
  EXPECT_EQ(book_->add_token(token, doer_).error().id, ErrorId::kFieldInvalid);
  const auto used = *book_->use_token("hash");
  ASSERT_TRUE(used);
  EXPECT_EQ(used->name, "nightly");
  EXPECT_EQ(used->customer, CustomerId("contoso"));
  EXPECT_EQ(book_->tokens()->at(0).used_at, kStart);
  EXPECT_THAT(*book_->tokens(CustomerId("fabrikam")), IsEmpty());
  now_ += kHour;
  EXPECT_FALSE(*book_->use_token("hash"));
  now_ = kStart;
  ASSERT_TRUE(book_->remove_token("t1", doer_));
  EXPECT_EQ(last_entry(), "os:ada token.revoke nightly");
  EXPECT_FALSE(*book_->use_token("hash"));
  EXPECT_EQ(book_->remove_token("t1", doer_).error().id, ErrorId::kNoSuchToken);
}

TEST_F(PeopleBookTest, ChangesThatMatterVoidLinksAtOnce) {
  add("owner");
  const UserId anna = add("anna", Role::kCustomerViewer, CustomerId("contoso"));
  const std::vector<UserChange> changes = {{.role = Role::kCustomerAdmin},
                                           {.customer = std::optional(CustomerId("fabrikam"))},
                                           {.disabled = true},
                                           {.disabled = false}};
  for (std::size_t i = 0; i < changes.size(); ++i) {
    const std::string hash = fmt::format("link {}", i);
    ASSERT_TRUE(book_->add_link({hash, LinkPurpose::kReset, anna, "", kStart + kHour}, doer_));
    ASSERT_TRUE(book_->change_user(anna, {.display_name = hash}, doer_));
    EXPECT_TRUE(*book_->link(hash)) << i;
    ASSERT_TRUE(book_->change_user(anna, changes[i], doer_));
    EXPECT_FALSE(*book_->link(hash)) << i;
  }
}

TEST_F(PeopleBookTest, WhoLeavesACustomerNeedsANewPassword) {
  const UserId anna = add("anna", Role::kCustomerViewer, CustomerId("contoso"));
  ASSERT_TRUE(book_->set_password(anna, "a hash", "", doer_));
  ASSERT_TRUE(book_->change_user(anna, {.role = Role::kCustomerAdmin}, doer_));
  EXPECT_EQ(book_->user(anna)->password_hash, "a hash");
  ASSERT_TRUE(book_->change_user(anna, {.customer = std::optional(CustomerId("fabrikam"))}, doer_));
  EXPECT_EQ(book_->user(anna)->password_hash, "");
  ASSERT_TRUE(book_->set_password(anna, "a hash", "", doer_));
  ASSERT_TRUE(book_->change_user(anna, {.role = Role::kAnalyst, .customer = std::optional<CustomerId>()}, doer_));
  EXPECT_EQ(book_->user(anna)->password_hash, "");
}

TEST_F(PeopleBookTest, ALinkIsGoodOnce) {
  const UserId anna = add("anna");
  ASSERT_TRUE(book_->add_link({"first", LinkPurpose::kInvitation, anna, "", kStart + kHour}, doer_));
  EXPECT_EQ(last_entry(), "os:ada link.add invitation of anna");
  ASSERT_TRUE(book_->add_link({"second", LinkPurpose::kReset, anna, "", kStart + kHour}, doer_));
  EXPECT_FALSE(*book_->link("first")) << "a newer one took its place";
  ASSERT_TRUE(*book_->link("second"));
  sign_in(anna, "s1");
  ASSERT_TRUE(book_->accept_link("second", "a hash", {"user:anna"}));
  EXPECT_EQ(last_entry(), "user:anna user.password anna by reset");
  EXPECT_FALSE(lives("s1"));
  EXPECT_EQ(book_->user(anna)->password_hash, "a hash");
  EXPECT_EQ(book_->accept_link("second", "another", {"user:anna"}).error().id, ErrorId::kInvitationInvalid);
  EXPECT_EQ(book_->user(anna)->password_hash, "a hash");
  ASSERT_TRUE(book_->add_link({"third", LinkPurpose::kReset, anna, "", kStart + kHour}, doer_));
  now_ += kHour;
  EXPECT_EQ(book_->accept_link("third", "another", {"user:anna"}).error().id, ErrorId::kInvitationInvalid);
}

TEST_F(PeopleBookTest, ALinkThatSignsInSetsNoPassword) {
  ASSERT_TRUE(book_->add_link({"link", LinkPurpose::kSignIn, UserId(0), "billing", kStart + 120}, doer_));
  EXPECT_EQ(book_->link("link")->value().os_user, "billing");
  EXPECT_EQ(book_->accept_link("link", "hash", doer_).error().id, ErrorId::kInvitationInvalid);
  EXPECT_TRUE(*book_->use_link("link"));
  EXPECT_FALSE(*book_->use_link("link"));
}

TEST_F(PeopleBookTest, OfTwoWhoUseALinkOneIsFirst) {
  ASSERT_TRUE(book_->add_link({"link", LinkPurpose::kSignIn, UserId(0), "billing", kStart + 120}, doer_));
  PeopleBook other = another_book();
  bool other_was_first = false;
  std::thread uses([&] { other_was_first = *other.use_link("link"); });
  const bool was_first = *book_->use_link("link");
  uses.join();
  EXPECT_NE(was_first, other_was_first);
}

TEST_F(PeopleBookTest, FailuresLockLongerAndLonger) {
  const LockOut lock_out{3, 30, 100, kHour};
  for (int i = 1; i <= 2; ++i) EXPECT_EQ(book_->begin_attempt("anna", lock_out)->failures, i);
  EXPECT_EQ(*book_->locked_until("anna"), 0);
  EXPECT_EQ(book_->begin_attempt("anna", lock_out)->locked_until, 0) << "the third one may still be made";
  EXPECT_EQ(*book_->locked_until("anna"), kStart + 30);
  EXPECT_EQ(book_->begin_attempt("anna", lock_out)->locked_until, kStart + 30);
  EXPECT_EQ(book_->begin_attempt("bea", lock_out)->locked_until, 0) << "others are not concerned";
  for (const std::int64_t wait : {30, 60, 100, 100}) {
    EXPECT_EQ(*book_->locked_until("anna"), now_ + wait);
    now_ += wait;
    EXPECT_EQ(book_->begin_attempt("anna", lock_out)->locked_until, 0);
  }
  ASSERT_TRUE(book_->forget_failures("anna"));
  EXPECT_EQ(book_->begin_attempt("anna", lock_out)->failures, 1);
  now_ += kHour;
  EXPECT_EQ(book_->begin_attempt("anna", lock_out)->failures, 1) << "long ago";
}

TEST_F(PeopleBookTest, AnAttemptThatProvedNothingIsTakenBack) {
  const LockOut lock_out{2, 30, 100, kHour};
  ASSERT_TRUE(book_->begin_attempt("anna", lock_out));
  for (int i = 0; i < 3; ++i) {
    const auto attempt = book_->begin_attempt("anna", lock_out);
    EXPECT_EQ(attempt->failures, 2);
    ASSERT_TRUE(book_->take_back_attempt("anna", *attempt));
    EXPECT_EQ(*book_->locked_until("anna"), 0);
  }
}

TEST_F(PeopleBookTest, ManyNamesThatAreTriedDoNotFillTheDisk) {
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(book_->begin_attempt(std::to_string(i), LockOut{}));
  auto database = SqliteDatabase::open(file_, {});
  EXPECT_EQ(*database->query_integer("SELECT count(*) FROM sign_in_failure"), 3);
  now_ += 25 * kHour;
  ASSERT_TRUE(book_->begin_attempt("later", LockOut{}));
  EXPECT_EQ(*database->query_integer("SELECT count(*) FROM sign_in_failure"), 1);
  ASSERT_TRUE(
      database->run("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10100)"
                    " INSERT INTO sign_in_failure SELECT 'n' || i, 1, 0, ? FROM n",
                    {now_ - 1}));
  ASSERT_TRUE(book_->begin_attempt("last", LockOut{}));
  EXPECT_EQ(*database->query_integer("SELECT count(*) FROM sign_in_failure"), 10'000);
  EXPECT_EQ(book_->begin_attempt("last", LockOut{})->failures, 2);
}

TEST_F(PeopleBookTest, OneTimeCodesAndRecoveryCodesAreUsedUp) {
  const UserId anna = add("anna");
  ASSERT_TRUE(book_->put_one_time_secret(anna, {"sealed", "user:1"}));
  EXPECT_FALSE(book_->user(anna)->has_one_time_codes) << "not confirmed";
  ASSERT_TRUE(book_->confirm_one_time_secret(anna, 100, {"r1", "r2"}, doer_));
  EXPECT_TRUE(book_->user(anna)->has_one_time_codes);
  EXPECT_EQ(book_->user(anna)->recovery_codes, 2);
  EXPECT_FALSE(*book_->use_one_time_step(anna, 100));
  EXPECT_TRUE(*book_->use_one_time_step(anna, 101));
  EXPECT_FALSE(*book_->use_one_time_step(anna, 101));
  EXPECT_TRUE(*book_->use_recovery_code(anna, "r1", doer_));
  EXPECT_EQ(last_entry(), "os:ada user.recovery_code anna: 1 are left");
  EXPECT_FALSE(*book_->use_recovery_code(anna, "r1", doer_));
  ASSERT_TRUE(book_->remove_one_time_secret(anna, doer_));
  EXPECT_FALSE(book_->user(anna)->has_one_time_codes);
  EXPECT_EQ(book_->user(anna)->recovery_codes, 0);
}

TEST_F(PeopleBookTest, TheKeysRotationSealsOneTimeSecretsToo) {
  const UserId anna = add("anna");
  ASSERT_TRUE(book_->put_one_time_secret(anna, {"sealed", "user:1"}));
  AzureCatalog catalog = AzureCatalog::of(*plane_);
  EXPECT_TRUE(*catalog.has_secrets());
  const auto again = [](const SealedSecret& secret) -> Result<std::string> {
    return secret.sealed + " again for " + secret.owner + " " + secret.name;
  };
  EXPECT_EQ(*catalog.reseal(again, "a to b"), 1);
  EXPECT_EQ(book_->one_time_secret(anna)->value().sealed, "sealed again for user:1 one-time-codes");
}

TEST_F(PeopleBookTest, ProvidersAndTenantsLeadToUsersAndCustomers) {
  const UserId anna = add("anna");
  EXPECT_FALSE(*book_->user_of_provider("https://issuer", "s"));
  ASSERT_TRUE(book_->link_provider(anna, "https://issuer", "s", doer_));
  EXPECT_EQ(book_->user_of_provider("https://issuer", "s")->value().id, anna);
  EXPECT_FALSE(*book_->user_of_provider("https://other", "s"));
  ASSERT_TRUE(book_->map_tenant("t1", CustomerId("contoso"), doer_));
  EXPECT_EQ(*book_->customer_of_tenant("t1"), CustomerId("contoso"));
  EXPECT_EQ(book_->map_tenant("t1", CustomerId("nobody"), doer_).error().id, ErrorId::kNoSuchCustomer);
  sign_in(add("viewer", Role::kCustomerViewer, CustomerId("contoso")), "s1");
  ASSERT_TRUE(book_->map_tenant("t1", std::nullopt, doer_));
  EXPECT_FALSE(*book_->customer_of_tenant("t1"));
  EXPECT_FALSE(lives("s1"));
  EXPECT_THAT(*book_->mapped_tenants(), IsEmpty());
}

TEST_F(PeopleBookTest, ACustomerTakesItsPeopleAlong) {
  const UserId bea = add("bea", Role::kCustomerAdmin, CustomerId("contoso"));
  add("anna");
  sign_in(bea, "s1");
  ASSERT_TRUE(book_->map_tenant("t1", CustomerId("contoso"), doer_));
  ASSERT_TRUE(book_->put_one_time_secret(bea, {"sealed", "user:1"}));
  ASSERT_TRUE(
      book_->add_token({"t1", "nightly", "hash", Role::kCustomerViewer, CustomerId("contoso"), kStart + kHour}, doer_));
  ASSERT_TRUE(plane_->put_customers({{CustomerId("contoso"), "Contoso AG", "", {}}}));
  EXPECT_THAT(*book_->users(), SizeIs(2)) << "a change of the customer leaves them alone";
  ASSERT_TRUE(plane_->remove_customer(CustomerId("contoso")));
  EXPECT_EQ(last_entry(), "system customer.remove contoso, with 1 user and 1 token");
  EXPECT_THAT(*book_->users(), SizeIs(1));
  EXPECT_FALSE(lives("s1"));
  EXPECT_FALSE(*book_->use_token("hash"));
  EXPECT_FALSE(*book_->customer_of_tenant("t1"));
  EXPECT_FALSE(*AzureCatalog::of(*plane_).has_secrets());
  EXPECT_THAT(*plane_->damages(PlaneCheck::kWhole), IsEmpty());
}

TEST_F(PeopleBookTest, ARowThatWasChangedByOthersIsDamage) {
  add("anna", Role::kAnalyst);
  auto database = SqliteDatabase::open(file_, {});
  ASSERT_TRUE(database->execute("DROP TRIGGER row_hash_update_user; UPDATE user SET role = 'owner'"));
  const auto damages = *plane_->damages(PlaneCheck::kRows);
  ASSERT_THAT(damages, SizeIs(1));
  EXPECT_THAT(damages[0].message(), HasSubstr("user 1"));
}

TEST(PeopleBookOpen, BringsAnEarlierHomeUpToDate) {
  const TestFolder folder;
  constexpr std::size_t kBeforePeople = 19;
  {
    auto old = SqliteDatabase::open(folder / "db", {.create = true});
    ASSERT_TRUE(old && bring_up_to_date(*old, control_plane_migrations().first(kBeforePeople)));
    ASSERT_TRUE(old->execute("INSERT INTO customer (id, name, external_id) VALUES ('contoso', 'Contoso', '')"));
  }
  auto book = PeopleBook::open(folder / "db", kClock, [] { return kStart; });
  ASSERT_TRUE(book) << book.error().message();
  EXPECT_THAT(*book->users(), IsEmpty());
  User user;
  user.name = "bea";
  user.role = Role::kCustomerViewer;
  user.customer = CustomerId("contoso");
  ASSERT_TRUE(book->add_user(user, {"os:ada"}));
  EXPECT_EQ(book->user_named("bea")->customer, CustomerId("contoso"));
  EXPECT_THAT(*ControlPlane::open(folder / "db", kClock, false)->damages(PlaneCheck::kWhole), IsEmpty());
}

TEST_F(PeopleBookTest, ASessionEndsWhenTheTimeWithoutUseIsMadeShorter) {
  const UserId anna = add("anna@example.com");
  const std::string id = sign_in(anna, "s1");
  now_ += 600;
  EXPECT_FALSE(book_->use_session("hash " + id, 600)->has_value());
  EXPECT_TRUE(book_->use_session("hash " + id, 601)->has_value());
}

TEST_F(PeopleBookTest, KeepsOneIdentityProvider) {
  EXPECT_FALSE(book_->identity_provider()->has_value());
  IdentityProvider provider{"https://id.example.com", "client", "https://bill.example.com", "Sign in"};
  provider.sealed_secret = "sealed";
  provider.secret_expires_on = Day::parse("2027-01-31");
  ASSERT_TRUE(book_->put_identity_provider(provider, doer_));
  EXPECT_EQ(last_entry(),
            "os:ada provider.set https://id.example.com, client client, at https://bill.example.com, with a secret, "
            "names not trusted");
  auto kept = *another_book().identity_provider();
  ASSERT_TRUE(kept);
  EXPECT_EQ(kept->issuer, "https://id.example.com");
  EXPECT_EQ(kept->sealed_secret, "sealed");
  EXPECT_EQ(kept->secret_expires_on, provider.secret_expires_on);
  EXPECT_EQ(kept->changed_at, kStart);
  provider.sealed_secret = "";
  provider.trusts_names = true;
  provider.own_tenant = "the tenant";
  ASSERT_TRUE(book_->put_identity_provider(provider, doer_));
  EXPECT_THAT(last_entry(), HasSubstr("without a secret, names trusted of the tenant the tenant"));
  kept = *book_->identity_provider();
  EXPECT_EQ(kept->sealed_secret, "");
  EXPECT_TRUE(kept->trusts_names);
  EXPECT_EQ(*book_->remove_identity_provider(doer_), true);
  EXPECT_EQ(last_entry(), "os:ada provider.remove https://id.example.com");
  EXPECT_EQ(*book_->remove_identity_provider(doer_), false);
}

TEST_F(PeopleBookTest, TheProvidersSecretIsSealedAgainWithTheOthers) {
  IdentityProvider provider{"https://id.example.com", "client", "https://bill.example.com", "Sign in"};
  provider.sealed_secret = "sealed";
  ASSERT_TRUE(book_->put_identity_provider(provider, doer_));
  AzureCatalog catalog = AzureCatalog::of(*plane_);
  EXPECT_EQ(*catalog.has_secrets(), true);
  const auto again = [](const SealedSecret& secret) -> Result<std::string> {
    return secret.owner + " " + secret.name + " again";
  };
  ASSERT_TRUE(catalog.reseal(again, "a to b"));
  EXPECT_EQ((*book_->identity_provider())->sealed_secret, "identity-provider client-secret again");
  ASSERT_TRUE(book_->remove_identity_provider(doer_));
  EXPECT_EQ(*catalog.has_secrets(), false) << "no secret outlives the provider";
}

TEST_F(PeopleBookTest, SaysWhetherSomebodyHasAPassword) {
  const UserId anna = add("anna@example.com");
  add("bo@example.com");
  EXPECT_EQ(*book_->has_passwords(), false);
  ASSERT_TRUE(book_->set_password(anna, "hash", "", doer_));
  EXPECT_EQ(*book_->has_passwords(), true);
  ASSERT_TRUE(book_->change_user(anna, {.disabled = true}, doer_));
  EXPECT_EQ(*book_->has_passwords(), false);
}

}  // namespace
}  // namespace apportion
