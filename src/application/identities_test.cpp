#include "application/identities.h"

#include <atomic>
#include <map>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "application/people_internal.h"
#include "foundation/base/test_support.h"
#include "foundation/base/utc_time.h"
#include "people/one_time_codes.h"
#include "people/secrets.h"
#include "store/people_book.h"
#include "store/settings.h"

namespace apportion {
namespace {

using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kPassword = "four unlikely grey otters";
constexpr const char* kOther = "five likely brown badgers";
constexpr const char* kTenant = "11111111-2222-3333-4444-555555555555";

class IdentitiesTest : public ::testing::Test {
 protected:
  IdentitiesTest() {
    EXPECT_TRUE(home_);
    auto plane = ControlPlane::open(home_->control_plane_file(), world_.clock, false);
    EXPECT_TRUE(plane);
    plane_.emplace(std::move(plane).value());
    EXPECT_TRUE(
        plane_->put_customers({{CustomerId("contoso"), "Contoso", "", {}}, {CustomerId("fabrikam"), "F", "", {}}}));
    auto book = PeopleBook::open(home_->control_plane_file(), world_.clock, world_.epoch_seconds);
    book_.emplace(std::move(book).value());
    auto opened = Identities::open(*home_, world_);
    EXPECT_TRUE(opened);
    identities_.emplace(std::move(opened).value());
    anna_ = add("anna@example.com", Role::kOwner);
  }

  UserId add(const std::string& name, Role role, const std::optional<CustomerId>& customer = {}) {
    User user;
    user.name = name;
    user.display_name = "Somebody";
    user.role = role;
    user.customer = customer;
    user.password_hash = *world_.passwords->hash(kPassword);
    return *book_->add_user(user, {"os:ada"});
  }

  Result<StartedSession> sign_in(const std::string& user, const std::string& password, const std::string& code = {},
                                 const std::string& address = "10.0.0.7") {
    return identities_->sign_in({user, password, code, address, "a browser"});
  }
  std::string cookie(const std::string& user = "anna@example.com") {
    const auto started = sign_in(user, kPassword);
    EXPECT_TRUE(started) << started.error().message();
    return started->cookie_value;
  }

  // Makes one-time codes necessary; returns their secret.
  std::string need_codes(UserId user) {
    std::string secret = make_one_time_secret();
    EXPECT_TRUE(book_->put_one_time_secret(user, *sealed_one_time_secret(*home_, world_.variable, user, secret)));
    EXPECT_TRUE(book_->confirm_one_time_secret(user, 0, {secret_hash("k7qm2xw49dfp")}, {"os:ada"}));
    return secret;
  }
  std::string code_now(const std::string& secret) const { return one_time_code(secret, one_time_step(now_)); }

  std::string invite(UserId user, LinkPurpose purpose = LinkPurpose::kInvitation) {
    std::string secret = make_secret(SecretKind::kLink);
    EXPECT_TRUE(book_->add_link({secret_hash(secret), purpose, user, "", now_ + 3600}, {"os:ada"}));
    return secret;
  }
  Result<StartedSession> accept(const std::string& secret, const std::string& password, const std::string& code = {}) {
    return identities_->accept_invitation(secret, password, "10.0.0.7", "a browser", code);
  }

  std::vector<std::string> audit() {
    std::vector<std::string> lines;
    const auto entries = *plane_->audit_log();
    for (const AuditEntry& entry : entries) {
      lines.push_back(entry.actor + " " + entry.what + " " + entry.detail + ", from " + entry.address.value_or(""));
    }
    return lines;
  }

  TestFolder folder_;
  Result<Home> home_ = Home::create(folder_ / "home");
  std::int64_t now_ = 1'795'000'000;
  PeopleWorld world_{Clock::fixed(*Day::parse("2026-11-22")), [this] { return now_; },
                     [](const char* /*name*/) { return std::optional<std::string>(); },
                     std::make_shared<Passwords>(PasswordCost::least(), Passwords::Limits{4, 100})};
  std::optional<ControlPlane> plane_;
  std::optional<PeopleBook> book_;
  std::optional<Identities> identities_;
  UserId anna_{};
};

TEST_F(IdentitiesTest, APasswordStartsASession) {
  const auto started = sign_in(" Anna@Example.com", kPassword);
  ASSERT_TRUE(started) << started.error().message();
  const auto identity = identities_->of_session(started->cookie_value);
  ASSERT_TRUE(identity);
  EXPECT_EQ(identity->actor, "user:anna@example.com");
  EXPECT_EQ(identity->user, "anna@example.com");
  EXPECT_EQ(identity->name, "Somebody");
  EXPECT_EQ(identity->role, Role::kOwner);
  EXPECT_EQ(identity->customer, std::nullopt);
  EXPECT_EQ(identity->session, started->identity.session);
  EXPECT_EQ(identity->forgery_token, started->identity.forgery_token);
  EXPECT_TRUE(identity->may(Right::kManagePeople));
  EXPECT_EQ(started->ends_at, "2026-11-25T11:06:40Z");
  EXPECT_THAT(audit().front(),
              HasSubstr("user:anna@example.com session.start anna@example.com by password, from 10.0.0.7"));
}

TEST_F(IdentitiesTest, NothingElseIsASession) {
  const std::string started = cookie();
  std::string other = started;
  other.back() = other.back() == 'A' ? 'B' : 'A';
  for (const std::string& wrong :
       {std::string(), std::string("x"), other, secret_hash(started), started + " ", make_secret(SecretKind::kToken)}) {
    EXPECT_EQ(identities_->of_session(wrong).error().id, ErrorId::kSignInNeeded);
    EXPECT_EQ(identities_->of_token(wrong).error().id, ErrorId::kSignInNeeded);
  }
  EXPECT_EQ(identities_->of_token(started).error().id, ErrorId::kSignInNeeded);
}

TEST_F(IdentitiesTest, WhateverIsWrongTheAnswerIsTheSame) {
  ASSERT_TRUE(book_->change_user(add("gone", Role::kAnalyst), {.disabled = true}, {"os:ada"}));
  User invited;
  invited.name = "invited";
  invited.role = Role::kAnalyst;
  ASSERT_TRUE(book_->add_user(invited, {"os:ada"}));
  std::vector<std::string> answers;
  for (const auto& [user, password] :
       std::vector<std::pair<std::string, std::string>>{{"anna@example.com", kOther},
                                                        {"nobody", kPassword},
                                                        {"gone", kPassword},
                                                        {"invited", ""},
                                                        {"", ""},
                                                        {"a'; DROP TABLE user; --", kPassword}}) {
    const auto failed = sign_in(user, password);
    ASSERT_FALSE(failed) << user;
    EXPECT_EQ(failed.error().id, ErrorId::kSignInFailed);
    answers.push_back(failed.error().message());
  }
  EXPECT_THAT(answers, Each(answers.front()));
}

TEST_F(IdentitiesTest, TheLogHoldsNoSecretAndNoNameThatMayBeOne) {
  ASSERT_FALSE(sign_in("my secret passphrase", ""));
  ASSERT_FALSE(sign_in("my-secret-passphrase", ""));
  ASSERT_FALSE(sign_in("anna@example.com", kOther));
  const std::string started = cookie();
  const std::string link = *identities_->make_sign_in_link_secret("billing");
  EXPECT_THAT(audit()[2], HasSubstr("unknown sign_in.failed anna@example.com: wrong password, from 10.0.0.7"));
  for (const std::string& line : audit()) {
    for (const std::string& secret :
         {std::string("passphrase"), std::string(kPassword), std::string(kOther), started, link, secret_hash(link)}) {
      EXPECT_THAT(line, Not(HasSubstr(secret)));
    }
  }
  EXPECT_TRUE(plane_->verify_audit_log()->holds());
}

TEST_F(IdentitiesTest, FailuresLockANameWhetherThereIsSuchAUserOrNot) {
  for (const std::string user : {"anna@example.com", "nobody"}) {
    for (int i = 0; i < 5; ++i) EXPECT_EQ(sign_in(user, kOther, "", "").error().id, ErrorId::kSignInFailed) << user;
    const auto locked = sign_in(user, kPassword, "", "");
    ASSERT_FALSE(locked);
    EXPECT_EQ(locked.error().id, ErrorId::kSignInLocked) << "also with the right password";
    EXPECT_THAT(locked.error().why, HasSubstr("refused until 2026-11-18T"));
  }
  now_ += 30;
  EXPECT_EQ(sign_in("anna@example.com", kOther).error().id, ErrorId::kSignInFailed);
  EXPECT_EQ(sign_in("anna@example.com", kPassword).error().id, ErrorId::kSignInLocked) << "longer this time";
  now_ += 60;
  EXPECT_TRUE(sign_in("anna@example.com", kPassword));
  for (int i = 0; i < 4; ++i) EXPECT_EQ(sign_in("anna@example.com", kOther).error().id, ErrorId::kSignInFailed);
  EXPECT_TRUE(sign_in("anna@example.com", kPassword)) << "a success makes up for failures";
}

TEST_F(IdentitiesTest, ManyGuessesAtOnceAreAsFewAsOneAfterAnother) {
  std::atomic<int> tried = 0;
  std::atomic<int> locked = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      for (int guess = 0; guess < 4; ++guess) {
        const auto failed = sign_in("anna@example.com", kOther, "", "");
        if (failed.error().id == ErrorId::kSignInFailed) ++tried;
        if (failed.error().id == ErrorId::kSignInLocked) ++locked;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(tried, 5);
  EXPECT_EQ(locked, 27);
}

TEST_F(IdentitiesTest, OnePasswordForManyNamesLocksTheAddress) {
  for (int i = 0; i < 50; ++i) {
    EXPECT_EQ(sign_in("user" + std::to_string(i), kPassword).error().id, ErrorId::kSignInFailed);
  }
  EXPECT_EQ(sign_in("anna@example.com", kPassword).error().id, ErrorId::kSignInLocked);
  EXPECT_TRUE(sign_in("anna@example.com", kPassword, "", "10.0.0.8")) << "elsewhere, nothing is locked";
}

TEST_F(IdentitiesTest, ASignInThatWorksDoesNotHelpAnAddressThatGuesses) {
  add("mallory", Role::kAnalyst);
  for (int i = 0; i < 50; ++i) {
    EXPECT_FALSE(sign_in("user" + std::to_string(i), kPassword));
    EXPECT_TRUE(i % 10 != 0 || sign_in("mallory", kPassword));
  }
  EXPECT_EQ(sign_in("mallory", kPassword).error().id, ErrorId::kSignInLocked);
}

TEST_F(IdentitiesTest, AUserMayNeedAOneTimeCode) {
  const std::string secret = need_codes(anna_);
  const auto missing = sign_in("anna@example.com", kPassword);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().id, ErrorId::kOneTimeCodeWrong);
  EXPECT_EQ(missing.error().what, "the one-time code is missing");
  const auto wrong = sign_in("anna@example.com", kPassword, "000000");
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().what, "the one-time code is wrong");
  EXPECT_THAT(audit().front(), HasSubstr("wrong one-time code"));
  EXPECT_EQ(sign_in("anna@example.com", kOther, code_now(secret)).error().id, ErrorId::kSignInFailed);
  EXPECT_TRUE(sign_in("anna@example.com", kPassword, code_now(secret))) << "a wrong password used nothing up";
  EXPECT_EQ(sign_in("anna@example.com", kPassword, code_now(secret)).error().id, ErrorId::kOneTimeCodeWrong)
      << "a code that was read over a shoulder";
  now_ += 30;
  EXPECT_TRUE(sign_in("anna@example.com", kPassword, code_now(secret)));
}

TEST_F(IdentitiesTest, ARecoveryCodeIsGoodOnce) {
  need_codes(anna_);
  EXPECT_TRUE(sign_in("anna@example.com", kPassword, "K7QM-2XW4-9DFP"));
  EXPECT_EQ(sign_in("anna@example.com", kPassword, "k7qm-2xw4-9dfp").error().id, ErrorId::kOneTimeCodeWrong);
}

TEST_F(IdentitiesTest, AskingForTheCodeDoesNotWipeOutWrongOnes) {
  need_codes(anna_);
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(sign_in("anna@example.com", kPassword).error().what, "the one-time code is missing");
    EXPECT_EQ(sign_in("anna@example.com", kPassword, "000000").error().what, "the one-time code is wrong");
  }
  EXPECT_EQ(sign_in("anna@example.com", kPassword).error().id, ErrorId::kSignInLocked);
}

TEST_F(IdentitiesTest, SigningOutEndsTheSession) {
  const std::string started = cookie();
  ASSERT_TRUE(identities_->sign_out(*identities_->of_session(started)));
  EXPECT_EQ(identities_->of_session(started).error().id, ErrorId::kSignInNeeded);
  EXPECT_THAT(audit().front(), HasSubstr("user:anna@example.com session.end anna@example.com"));
}

TEST_F(IdentitiesTest, ADisabledUserLosesALiveSession) {
  add("bea", Role::kOwner);
  const std::string started = cookie();
  ASSERT_TRUE(book_->change_user(anna_, {.disabled = true}, {"user:bea"}));
  EXPECT_EQ(identities_->of_session(started).error().id, ErrorId::kSignInNeeded);
}

TEST_F(IdentitiesTest, ALinkSignsInTheOperatingSystemsUserOnce) {
  const std::string link = *identities_->make_sign_in_link_secret("billing");
  const auto started = identities_->sign_in_by_link(link, "127.0.0.1", "a browser");
  ASSERT_TRUE(started) << started.error().message();
  EXPECT_EQ(started->identity.actor, "os:billing");
  EXPECT_EQ(started->identity.role, Role::kOwner);
  EXPECT_EQ(started->identity.user, "");
  EXPECT_TRUE(identities_->of_session(started->cookie_value));
  EXPECT_EQ(identities_->sign_in_by_link(link, "", "").error().id, ErrorId::kInvitationInvalid);
  const std::string late = *identities_->make_sign_in_link_secret("billing");
  now_ += 120;
  EXPECT_EQ(identities_->sign_in_by_link(late, "", "").error().id, ErrorId::kInvitationInvalid);
  EXPECT_EQ(identities_->sign_in_by_link("x", "", "").error().id, ErrorId::kInvitationInvalid);
  EXPECT_EQ(identities_->sign_in_by_link(invite(anna_), "", "").error().id, ErrorId::kInvitationInvalid)
      << "an invitation is no way around the password";
  EXPECT_EQ(identities_->change_own_password(started->identity, "", kOther).error().id, ErrorId::kNotAllowed);
}

TEST_F(IdentitiesTest, AnInvitationSetsThePasswordOnce) {
  const std::string invitation = invite(anna_);
  const std::string before = cookie();
  EXPECT_EQ(accept(invitation, "short").error().id, ErrorId::kPasswordWeak);
  const auto started = accept(invitation, kOther);
  ASSERT_TRUE(started) << started.error().message();
  EXPECT_EQ(started->identity.user, "anna@example.com");
  EXPECT_EQ(identities_->of_session(before).error().id, ErrorId::kSignInNeeded);
  EXPECT_EQ(accept(invitation, kPassword).error().id, ErrorId::kInvitationInvalid);
  EXPECT_TRUE(sign_in("anna@example.com", kOther));
  EXPECT_EQ(sign_in("anna@example.com", kPassword).error().id, ErrorId::kSignInFailed);
  const std::string late = invite(anna_);
  now_ += 3600;
  EXPECT_EQ(accept(late, kPassword).error().id, ErrorId::kInvitationInvalid);
  EXPECT_EQ(accept(*identities_->make_sign_in_link_secret("billing"), kPassword).error().id,
            ErrorId::kInvitationInvalid);
}

TEST_F(IdentitiesTest, OfTwoWhoAcceptAnInvitationOneIsFirst) {
  const std::string invitation = invite(anna_);
  bool other_was_first = false;
  std::thread other([&] { other_was_first = accept(invitation, kOther).has_value(); });
  const bool was_first = accept(invitation, kPassword).has_value();
  other.join();
  EXPECT_NE(was_first, other_was_first);
  EXPECT_TRUE(sign_in("anna@example.com", was_first ? kPassword : kOther));
}

TEST_F(IdentitiesTest, AResetIsNoWayAroundTheSecondFactor) {
  const std::string secret = need_codes(anna_);
  const std::string reset = invite(anna_, LinkPurpose::kReset);
  EXPECT_EQ(accept(reset, kOther).error().what, "the one-time code is missing");
  EXPECT_EQ(accept(reset, kOther, "000000").error().what, "the one-time code is wrong");
  EXPECT_TRUE(accept(reset, kOther, code_now(secret))) << "the reset is as good as before";
}

TEST_F(IdentitiesTest, AResetUnlocks) {
  for (int i = 0; i < 5; ++i) EXPECT_FALSE(sign_in("anna@example.com", kOther));
  ASSERT_EQ(sign_in("anna@example.com", kPassword).error().id, ErrorId::kSignInLocked);
  ASSERT_TRUE(accept(invite(anna_, LinkPurpose::kReset), kPassword));
  EXPECT_TRUE(sign_in("anna@example.com", kPassword));
}

TEST_F(IdentitiesTest, PeopleChangeTheirOwnPassword) {
  const std::string here = cookie();
  const std::string elsewhere = cookie();
  const Identity identity = *identities_->of_session(here);
  EXPECT_EQ(identities_->change_own_password(identity, kOther, kOther).error().id, ErrorId::kSignInFailed);
  EXPECT_EQ(identities_->change_own_password(identity, kPassword, "short").error().id, ErrorId::kPasswordWeak);
  ASSERT_TRUE(identities_->change_own_password(identity, kPassword, kOther));
  EXPECT_TRUE(identities_->of_session(here));
  EXPECT_EQ(identities_->of_session(elsewhere).error().id, ErrorId::kSignInNeeded);
  EXPECT_TRUE(sign_in("anna@example.com", kOther));
}

TEST_F(IdentitiesTest, ATokenIsSomebodyUntilItEnds) {
  const std::string secret = make_secret(SecretKind::kToken);
  ASSERT_TRUE(book_->add_token(
      {"t1", "nightly", secret_hash(secret), Role::kCustomerViewer, CustomerId("contoso"), now_ + 3600}, {"os:ada"}));
  const auto identity = identities_->of_token(secret);
  ASSERT_TRUE(identity);
  EXPECT_EQ(identity->actor, "token:nightly");
  EXPECT_EQ(identity->token, "t1");
  EXPECT_EQ(identity->session, "");
  EXPECT_EQ(identity->forgery_token, "");
  EXPECT_EQ(identity->customer, CustomerId("contoso"));
  EXPECT_FALSE(identity->may(Right::kReadPartnerCosts));
  EXPECT_EQ(identities_->sign_out(*identity).error().id, ErrorId::kSignInNeeded);
  EXPECT_EQ(identities_->of_session(secret).error().id, ErrorId::kSignInNeeded);
  now_ += 3600;
  EXPECT_EQ(identities_->of_token(secret).error().id, ErrorId::kSignInNeeded);
}

TEST_F(IdentitiesTest, TheProvidersPeopleAreLinkedToUsersByTrustedNamesOnly) {
  const ProviderSignIn request{"https://issuer", "subject", "", "Anna@example.com", "Anna", false, "10.0.0.7", "b"};
  EXPECT_EQ(identities_->sign_in_by_provider(request).error().id, ErrorId::kSignInFailed)
      << "everybody may call themselves so there";
  ProviderSignIn trusted = request;
  trusted.names_are_trusted = true;
  const auto started = identities_->sign_in_by_provider(trusted);
  ASSERT_TRUE(started) << started.error().message();
  EXPECT_EQ(started->identity.user, "anna@example.com");
  EXPECT_TRUE(identities_->sign_in_by_provider(request)) << "the subject is linked";
  trusted.subject = "another";
  trusted.name = "nobody@example.com";
  EXPECT_EQ(identities_->sign_in_by_provider(trusted).error().id, ErrorId::kSignInFailed);
  add("owner", Role::kOwner);
  ASSERT_TRUE(book_->change_user(anna_, {.disabled = true}, {"os:ada"}));
  EXPECT_EQ(identities_->sign_in_by_provider(request).error().id, ErrorId::kSignInFailed);
}

TEST_F(IdentitiesTest, PeopleOfACustomersTenantAreItsViewersAndNobodyElse) {
  ProviderSignIn request{"https://issuer", "subject", kTenant, "cleo@contoso.example", "Cleo", true, "10.0.0.7", "b"};
  EXPECT_EQ(identities_->sign_in_by_provider(request).error().id, ErrorId::kSignInFailed) << "not mapped";
  ASSERT_TRUE(book_->map_tenant(kTenant, CustomerId("contoso"), {"os:ada"}));
  const auto started = identities_->sign_in_by_provider(request);
  ASSERT_TRUE(started) << started.error().message();
  EXPECT_EQ(started->identity.role, Role::kCustomerViewer);
  EXPECT_EQ(started->identity.customer, CustomerId("contoso"));
  EXPECT_EQ(started->identity.name, "Cleo");
  add("dora@fabrikam.example", Role::kCustomerViewer, CustomerId("fabrikam"));
  for (const char* taken : {"anna@example.com", "dora@fabrikam.example"}) {
    request.subject = taken;
    request.name = taken;
    EXPECT_EQ(identities_->sign_in_by_provider(request).error().id, ErrorId::kSignInFailed)
        << "the tenant's administrator gave somebody the name " << taken;
  }
}

TEST_F(IdentitiesTest, ATenantThatIsNobodysAnyMoreLetsNobodyIn) {
  const ProviderSignIn request{"https://issuer", "subject", kTenant, "cleo@contoso.example", "Cleo"};
  ASSERT_TRUE(book_->map_tenant(kTenant, CustomerId("contoso"), {"os:ada"}));
  const auto started = identities_->sign_in_by_provider(request);
  ASSERT_TRUE(started) << started.error().message();
  ASSERT_TRUE(book_->map_tenant(kTenant, CustomerId("fabrikam"), {"os:ada"}));
  EXPECT_FALSE(identities_->of_session(started->cookie_value)) << "signed out";
  EXPECT_EQ(identities_->sign_in_by_provider(request).error().id, ErrorId::kSignInFailed) << "linked, and moved";
  ASSERT_TRUE(book_->map_tenant(kTenant, std::nullopt, {"os:ada"}));
  EXPECT_EQ(identities_->sign_in_by_provider(request).error().id, ErrorId::kSignInFailed) << "linked, and unmapped";
}

TEST_F(IdentitiesTest, WhoIsRefusedLearnsNothingAboutWhoThereIs) {
  const ProviderSignIn known{"https://issuer", "one", "", "anna@example.com", "Anna"};
  const ProviderSignIn unknown{"https://issuer", "two", "", "nobody@example.com", "Nobody", true};
  EXPECT_EQ(identities_->sign_in_by_provider(known).error().message(),
            identities_->sign_in_by_provider(unknown).error().message());
}

TEST_F(IdentitiesTest, SessionsLastAsLongAsTheSettingsSay) {
  const std::string before = cookie();
  ASSERT_TRUE(set_setting(*plane_, "sessions.idle-minutes", "10"));
  ASSERT_TRUE(set_setting(*plane_, "sessions.last-days", "1"));
  now_ += 5;
  const auto started = sign_in("anna@example.com", kPassword);
  ASSERT_TRUE(started);
  EXPECT_EQ(started->ends_at, utc_time_text(UtcTime(std::chrono::seconds(now_ + 24 * 60 * 60))));
  now_ += 595;
  EXPECT_FALSE(identities_->of_session(before)) << "for sessions that had begun, too";
  EXPECT_TRUE(identities_->of_session(started->cookie_value));
  for (int use = 0; use < 150; ++use) {
    now_ += 590;
    if (!identities_->of_session(started->cookie_value)) return;
  }
  ADD_FAILURE() << "it ends after a day, however it is used";
}

TEST_F(IdentitiesTest, ManyThreadsAskAtOnce) {
  const std::string started = cookie();
  std::atomic<int> known = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < 200; ++round) known += identities_->of_session(started).has_value() ? 1 : 0;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(known, 1600);
}

TEST_F(IdentitiesTest, OnTwoHandlesASignOutHoldsAtOnce) {
  auto other = Identities::open(*home_, world_);
  ASSERT_TRUE(other);
  const std::string started = cookie();
  EXPECT_TRUE(other->of_session(started));
  ASSERT_TRUE(identities_->sign_out(*identities_->of_session(started)));
  EXPECT_FALSE(other->of_session(started));
}

}  // namespace
}  // namespace apportion
