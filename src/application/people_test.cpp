#include "application/people.h"

#include <optional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "foundation/base/test_support.h"
#include "people/one_time_codes.h"
#include "people/secrets.h"

namespace apportion {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;

constexpr const char* kPassword = "four unlikely grey otters";
const CustomerId kContoso("contoso");
const CustomerId kFabrikam("fabrikam");

class PeopleTest : public ::testing::Test {
 protected:
  PeopleTest() {
    auto plane = ControlPlane::open(home_->control_plane_file(), world_.clock, false);
    EXPECT_TRUE(plane);
    plane_.emplace(std::move(plane).value());
    EXPECT_TRUE(plane_->put_customers({{kContoso, "Contoso", "", {}}, {kFabrikam, "Fabrikam", "", {}}}));
  }

  PeopleManager as(const Identity& identity) { return *PeopleManager::open(*home_, world_, identity); }
  PeopleManager as_owner() { return as(Identity::of_operator("os:billing")); }
  PeopleManager as_role(Role role, const std::optional<CustomerId>& customer = {}) {
    Identity identity;
    identity.actor = "user:somebody";
    identity.user = "somebody";
    identity.role = role;
    identity.customer = customer;
    return as(identity);
  }
  PeopleManager as_admin() { return as_role(Role::kCustomerAdmin, kContoso); }

  // One user of each kind: `owner`, `viewer` of contoso, `stranger` of fabrikam.
  void add_people() {
    auto people = as_owner();
    ASSERT_TRUE(people.add_user({.name = "owner", .role = Role::kOwner}));
    ASSERT_TRUE(people.add_user({.name = "viewer", .role = Role::kCustomerViewer, .customer = kContoso}));
    ASSERT_TRUE(people.add_user({.name = "stranger", .role = Role::kCustomerAdmin, .customer = kFabrikam}));
  }

  template <class T>
  static std::string names(const T& views) {
    std::string text;
    for (const auto& view : views) text += view.name + " ";
    return text;
  }

  std::string last_entry() {
    const auto entries = *plane_->audit_log(1);
    return entries.front().actor + " " + entries.front().what + " " + entries.front().detail;
  }

  TestFolder folder_;
  Result<Home> home_ = Home::create(folder_ / "home");
  std::int64_t now_ = 1'795'000'000;
  PeopleWorld world_{Clock::fixed(*Day::parse("2026-11-22")), [this] { return now_; },
                     [](const char* /*name*/) { return std::optional<std::string>(); },
                     std::make_shared<Passwords>(PasswordCost::least(), Passwords::Limits{4, 100})};
  std::optional<ControlPlane> plane_;
};

TEST_F(PeopleTest, AnOwnerAddsAndChangesEverybody) {
  auto people = as_owner();
  const auto added = people.add_user({.name = "Anna@Example.com", .role = Role::kFinance});
  ASSERT_TRUE(added) << added.error().message();
  EXPECT_EQ(added->name, "anna@example.com");
  EXPECT_EQ(added->display_name, "anna@example.com");
  EXPECT_EQ(added->created_at, "2026-11-18T11:06:40Z");
  EXPECT_FALSE(added->has_password);
  EXPECT_EQ(added->seen_at, "");
  const auto changed = people.edit_user(
      {.name = "anna@example.com", .display_name = "Anna", .role = Role::kCustomerAdmin, .customer = kContoso});
  ASSERT_TRUE(changed) << changed.error().message();
  EXPECT_EQ(changed->customer, kContoso);
  const auto back = people.edit_user({.name = "anna@example.com", .role = Role::kAnalyst});
  ASSERT_TRUE(back) << back.error().message();
  EXPECT_EQ(back->customer, std::nullopt) << "a role of the partner has no customer";
  ASSERT_TRUE(people.remove_user("ANNA@example.com"));
  EXPECT_THAT(*people.users(), IsEmpty());
}

TEST_F(PeopleTest, RolesFitTheirCustomers) {
  auto people = as_owner();
  EXPECT_EQ(people.add_user({.name = "a"}).error().id, ErrorId::kFieldMissing);
  EXPECT_EQ(people.add_user({.name = "a", .role = Role::kCustomerViewer}).error().id, ErrorId::kRoleNeedsCustomer);
  EXPECT_EQ(people.add_user({.name = "a", .role = Role::kOwner, .customer = kContoso}).error().id,
            ErrorId::kRoleNeedsCustomer);
  EXPECT_EQ(people.add_user({.name = "a", .role = Role::kCustomerViewer, .customer = CustomerId("x")}).error().id,
            ErrorId::kNoSuchCustomer);
  EXPECT_EQ(people.add_user({.name = "a b", .role = Role::kOwner}).error().id, ErrorId::kUserNameInvalid);
  EXPECT_EQ(people.add_user({.name = "a", .role = Role::kWorker}).error().id, ErrorId::kWorkerRoleRefused);
  ASSERT_TRUE(people.add_user({.name = "anna", .role = Role::kFinance}));
  EXPECT_EQ(people.edit_user({.name = "anna", .role = Role::kWorker}).error().id, ErrorId::kWorkerRoleRefused);
  EXPECT_TRUE(people.add_token({.name = "w", .role = Role::kWorker}));
  EXPECT_EQ(people.add_token({.name = "t", .role = Role::kCustomerViewer}).error().id, ErrorId::kRoleNeedsCustomer);
  const auto unknown = role_of_name("boss");
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().id, ErrorId::kNoSuchRole);
  EXPECT_THAT(unknown.error().why, HasSubstr("owner, billing-engineer, finance"));
  EXPECT_EQ(*role_of_name("finance"), Role::kFinance);
}

TEST_F(PeopleTest, ACustomersAdministratorManagesItsPeopleOnly) {
  add_people();
  auto admin = as_admin();
  EXPECT_EQ(names(*admin.users()), "viewer ");
  EXPECT_EQ(admin.user("owner").error().id, ErrorId::kNoSuchUser) << "nobody learns who else there is";
  ASSERT_TRUE(admin.add_user({.name = "new", .role = Role::kCustomerAdmin, .customer = kContoso}));
  EXPECT_THAT(last_entry(), HasSubstr("user:somebody user.add new: customer-admin of contoso"));
  ASSERT_TRUE(admin.set_password("new", kPassword));
  ASSERT_TRUE(admin.edit_user({.name = "new", .role = Role::kCustomerViewer}));
  ASSERT_TRUE(admin.remove_user("new"));

  EXPECT_EQ(admin.add_user({.name = "x", .role = Role::kOwner}).error().id, ErrorId::kNotAllowed);
  EXPECT_EQ(admin.add_user({.name = "x", .role = Role::kOwner, .customer = kContoso}).error().id, ErrorId::kNotAllowed);
  EXPECT_EQ(admin.add_user({.name = "x", .role = Role::kCustomerViewer, .customer = kFabrikam}).error().id,
            ErrorId::kNotAllowed);
  EXPECT_EQ(admin.add_user({.name = "x", .role = Role::kCustomerViewer}).error().id, ErrorId::kNotAllowed);
  EXPECT_EQ(admin.edit_user({.name = "viewer", .role = Role::kOwner}).error().id, ErrorId::kNotAllowed);
  EXPECT_EQ(admin.edit_user({.name = "viewer", .customer = kFabrikam}).error().id, ErrorId::kNotAllowed);
  for (const char* other : {"owner", "stranger"}) {
    EXPECT_EQ(admin.edit_user({.name = other, .disabled = true}).error().id, ErrorId::kNoSuchUser);
    EXPECT_EQ(admin.remove_user(other).error().id, ErrorId::kNoSuchUser);
    EXPECT_EQ(admin.set_password(other, kPassword).error().id, ErrorId::kNoSuchUser);
    EXPECT_EQ(admin.invite_user(other).error().id, ErrorId::kNoSuchUser);
    EXPECT_EQ(admin.remove_one_time_codes(other, "").error().id, ErrorId::kNoSuchUser);
    EXPECT_EQ(admin.end_sessions_of(other).error().id, ErrorId::kNoSuchUser);
    EXPECT_EQ(admin.sessions(other).error().id, ErrorId::kNoSuchUser);
  }
  EXPECT_EQ(admin.tenants().error().id, ErrorId::kNotAllowed);
  EXPECT_EQ(admin.map_tenant("11111111-2222-3333-4444-555555555555", kContoso).error().id, ErrorId::kNotAllowed);
}

TEST_F(PeopleTest, ACustomersAdministratorGivesOutItsTokensOnly) {
  auto owner = as_owner();
  const auto partners = owner.add_token({.name = "partners", .role = Role::kOwner});
  ASSERT_TRUE(partners);
  auto admin = as_admin();
  const auto made = admin.add_token({.name = "own", .role = Role::kCustomerViewer, .customer = kContoso});
  ASSERT_TRUE(made) << made.error().message();
  EXPECT_EQ(made->token.created_by, "user:somebody");
  EXPECT_EQ(names(*admin.tokens()), "own ");
  EXPECT_EQ(names(*owner.tokens()), "own partners ");
  EXPECT_EQ(admin.add_token({.name = "x", .role = Role::kOwner}).error().id, ErrorId::kNotAllowed);
  EXPECT_EQ(admin.add_token({.name = "x", .role = Role::kCustomerViewer, .customer = kFabrikam}).error().id,
            ErrorId::kNotAllowed);
  EXPECT_EQ(admin.revoke_token("partners").error().id, ErrorId::kNoSuchToken);
  EXPECT_EQ(admin.revoke_token(partners->token.id).error().id, ErrorId::kNoSuchToken);
  EXPECT_THAT(*owner.tokens(), SizeIs(2));
  EXPECT_TRUE(admin.revoke_token("own"));
}

TEST_F(PeopleTest, ACustomersAdministratorLearnsNobodyOfThePartner) {
  add_people();
  const auto given = as_owner().add_token({.name = "given", .role = Role::kCustomerViewer, .customer = kContoso});
  ASSERT_TRUE(given);
  auto admin = as_admin();
  ASSERT_TRUE(admin.add_user({.name = "somebody", .role = Role::kCustomerAdmin, .customer = kContoso}));
  ASSERT_TRUE(admin.add_token({.name = "own", .role = Role::kCustomerViewer, .customer = kContoso}));
  const auto tokens = *admin.tokens();
  ASSERT_THAT(tokens, SizeIs(2));
  EXPECT_EQ(tokens[0].created_by, "partner");
  EXPECT_EQ(tokens[1].created_by, "user:somebody");
}

TEST_F(PeopleTest, NobodyElseManagesAnybody) {
  add_people();
  for (const Role role : {Role::kBillingEngineer, Role::kFinance, Role::kAnalyst, Role::kOperator}) {
    auto people = as_role(role);
    EXPECT_EQ(people.users().error().id, ErrorId::kNotAllowed);
    EXPECT_EQ(people.user("viewer").error().id, ErrorId::kNotAllowed);
    EXPECT_EQ(people.add_user({.name = "x", .role = role}).error().id, ErrorId::kNotAllowed);
    EXPECT_EQ(people.edit_user({.name = "somebody", .role = Role::kOwner}).error().id, ErrorId::kNotAllowed);
    EXPECT_EQ(people.tokens().error().id, ErrorId::kNotAllowed);
    EXPECT_EQ(people.add_token({.name = "x", .role = role}).error().id, ErrorId::kNotAllowed);
    EXPECT_EQ(people.revoke_token("x").error().id, ErrorId::kNotAllowed);
    EXPECT_THAT(*people.sessions({}), IsEmpty());
  }
  auto viewer = as_role(Role::kCustomerViewer, kContoso);
  EXPECT_EQ(viewer.users().error().id, ErrorId::kNotAllowed);
  EXPECT_EQ(viewer.invite_user("viewer").error().id, ErrorId::kNotAllowed);
}

TEST_F(PeopleTest, TheLastOwnerStays) {
  add_people();
  auto people = as_owner();
  EXPECT_EQ(people.remove_user("owner").error().id, ErrorId::kLastOwner);
  EXPECT_EQ(people.edit_user({.name = "owner", .disabled = true}).error().id, ErrorId::kLastOwner);
  EXPECT_EQ(people.edit_user({.name = "owner", .role = Role::kFinance}).error().id, ErrorId::kLastOwner);
}

TEST_F(PeopleTest, APasswordIsSetForAUserWhoIsLockedOut) {
  add_people();
  auto people = as_owner();
  auto identities = Identities::open(*home_, world_);
  for (int i = 0; i < 5; ++i) EXPECT_FALSE(identities->sign_in({"owner", "wrong", "", "", ""}));
  EXPECT_EQ(people.user("owner")->locked_until, "2026-11-18T11:07:10Z");
  EXPECT_EQ(people.set_password("owner", "short").error().id, ErrorId::kPasswordWeak);
  ASSERT_TRUE(people.set_password("owner", kPassword));
  EXPECT_EQ(people.user("owner")->locked_until, "");
  EXPECT_TRUE(people.user("owner")->has_password);
  EXPECT_TRUE(identities->sign_in({"owner", kPassword, "", "", ""}));
}

TEST_F(PeopleTest, AnInvitationIsHandedOver) {
  add_people();
  auto people = as_owner();
  auto identities = Identities::open(*home_, world_);
  const auto invitation = people.invite_user("viewer");
  ASSERT_TRUE(invitation);
  EXPECT_EQ(invitation->purpose, LinkPurpose::kInvitation);
  EXPECT_EQ(invitation->ends_at, "2026-11-25T11:06:40Z");
  EXPECT_EQ(url_of(*invitation, "https://bill.example.com/"),
            "https://bill.example.com/#/invitation/" + invitation->secret);
  const auto started = identities->accept_invitation(invitation->secret, kPassword, "", "");
  ASSERT_TRUE(started) << started.error().message();
  EXPECT_EQ(started->identity.customer, kContoso);
  const auto reset = people.invite_user("viewer");
  EXPECT_EQ(reset->purpose, LinkPurpose::kReset);
  EXPECT_EQ(reset->ends_at, "2026-11-19T11:06:40Z");
  ASSERT_TRUE(people.edit_user({.name = "viewer", .disabled = true}));
  EXPECT_EQ(people.invite_user("viewer").error().id, ErrorId::kNotAllowed);
  EXPECT_EQ(identities->accept_invitation(reset->secret, kPassword, "", "").error().id, ErrorId::kInvitationInvalid);
}

TEST_F(PeopleTest, OneTimeCodesAreStartedAndConfirmed) {
  add_people();
  ASSERT_TRUE(as_owner().set_password("owner", kPassword));
  auto identities = Identities::open(*home_, world_);
  const auto started = identities->sign_in({"owner", kPassword, "", "", ""});
  ASSERT_TRUE(started);
  auto people = as(started->identity);
  const auto start = people.start_one_time_codes("owner");
  ASSERT_TRUE(start) << start.error().message();
  EXPECT_THAT(start->url, StartsWith("otpauth://totp/Apportion:owner?secret=" + start->secret));
  EXPECT_TRUE(identities->sign_in({"owner", kPassword, "", "", ""})) << "not confirmed yet";
  EXPECT_EQ(people.confirm_one_time_codes("owner", "000000").error().id, ErrorId::kOneTimeCodeWrong);
  const std::string code = one_time_code(start->secret, one_time_step(now_));
  const auto recovery = people.confirm_one_time_codes("owner", code);
  ASSERT_TRUE(recovery) << recovery.error().message();
  EXPECT_THAT(*recovery, SizeIs(10));
  EXPECT_EQ(people.user("owner")->recovery_codes, 10);
  EXPECT_EQ(identities->sign_in({"owner", kPassword, code, "", ""}).error().id, ErrorId::kOneTimeCodeWrong)
      << "the code that confirmed is used up";
  EXPECT_TRUE(identities->sign_in({"owner", kPassword, recovery->at(3), "", ""}));
  EXPECT_EQ(people.start_one_time_codes("owner").error().id, ErrorId::kNotAllowed);
  EXPECT_EQ(people.confirm_one_time_codes("owner", code).error().id, ErrorId::kOneTimeCodeWrong);
  EXPECT_EQ(people.remove_one_time_codes("owner", "").error().id, ErrorId::kOneTimeCodeWrong);
  EXPECT_TRUE(people.remove_one_time_codes("owner", recovery->at(4)));
  EXPECT_FALSE(people.user("owner")->has_one_time_codes);
}

TEST_F(PeopleTest, AnOwnerTakesALostSecondFactorAway) {
  add_people();
  auto people = as_owner();
  const auto start = people.start_one_time_codes("viewer");
  ASSERT_TRUE(people.confirm_one_time_codes("viewer", one_time_code(start->secret, one_time_step(now_))));
  ASSERT_TRUE(people.remove_one_time_codes("viewer", ""));
  EXPECT_FALSE(people.user("viewer")->has_one_time_codes);
  EXPECT_THAT(last_entry(), HasSubstr("user.one_time_codes viewer: not needed any more"));
}

TEST_F(PeopleTest, SessionsAreSeenAndEndedByTheirOwnersAndManagers) {
  add_people();
  for (const char* name : {"owner", "viewer", "stranger"}) ASSERT_TRUE(as_owner().set_password(name, kPassword));
  auto identities = Identities::open(*home_, world_);
  const auto session_of = [&](const char* name) {
    return identities->sign_in({name, kPassword, "", "10.0.0.7", "a browser"})->identity;
  };
  const Identity owner = session_of("owner");
  const Identity viewer = session_of("viewer");
  const Identity stranger = session_of("stranger");
  EXPECT_THAT(*as(owner).sessions({}), SizeIs(3));
  EXPECT_THAT(*as(owner).sessions("viewer"), SizeIs(1));
  const auto own = *as(viewer).sessions({});
  ASSERT_THAT(own, SizeIs(1));
  EXPECT_EQ(own[0].user, "viewer");
  EXPECT_EQ(own[0].address, "10.0.0.7");
  EXPECT_TRUE(own[0].is_own);
  EXPECT_THAT(*as_admin().sessions({}), SizeIs(1)) << "of contoso";
  EXPECT_EQ(as(viewer).end_session(owner.session).error().id, ErrorId::kNoSuchSession);
  EXPECT_EQ(as_admin().end_session(stranger.session).error().id, ErrorId::kNoSuchSession);
  EXPECT_TRUE(as_admin().end_session(viewer.session));
  EXPECT_TRUE(as(owner).end_sessions_of("stranger"));
  EXPECT_THAT(*as(owner).sessions({}), SizeIs(1));
}

TEST_F(PeopleTest, TokensAreMadeListedAndRevoked) {
  auto people = as_owner();
  const auto made = people.add_token({.name = "Nightly", .role = Role::kAnalyst, .days = 30});
  ASSERT_TRUE(made) << made.error().message();
  EXPECT_EQ(made->token.name, "nightly");
  EXPECT_EQ(made->token.ends_at, "2026-12-18T11:06:40Z");
  EXPECT_EQ(made->token.used_at, "");
  EXPECT_THAT(made->secret, StartsWith("apn_"));
  auto identities = Identities::open(*home_, world_);
  EXPECT_EQ(identities->of_token(made->secret)->role, Role::kAnalyst);
  EXPECT_EQ(people.tokens()->at(0).used_at, "2026-11-18T11:06:40Z");
  EXPECT_EQ(people.add_token({.name = "nightly", .role = Role::kAnalyst}).error().id, ErrorId::kFieldInvalid);
  for (const char* wrong : {"", "a b", "-x", "\"", "../x"}) {
    EXPECT_EQ(people.add_token({.name = wrong, .role = Role::kAnalyst}).error().id, ErrorId::kFieldInvalid) << wrong;
  }
  for (const std::int64_t days : {0, -1, 367}) {
    EXPECT_EQ(people.add_token({.name = "x", .role = Role::kAnalyst, .days = days}).error().id, ErrorId::kFieldInvalid);
  }
  now_ += 31LL * 24 * 60 * 60;
  EXPECT_TRUE(people.tokens()->at(0).has_ended);
  ASSERT_TRUE(people.revoke_token("nightly"));
  EXPECT_EQ(people.revoke_token("nightly").error().id, ErrorId::kNoSuchToken);
}

TEST_F(PeopleTest, TenantsAreMapped) {
  auto people = as_owner();
  EXPECT_EQ(people.map_tenant("contoso.com", kContoso).error().id, ErrorId::kTenantNotAGuid);
  ASSERT_TRUE(people.map_tenant("11111111-AAAA-3333-4444-555555555555", kContoso));
  const auto mapped = *people.tenants();
  ASSERT_THAT(mapped, SizeIs(1));
  EXPECT_EQ(mapped[0].tenant, "11111111-aaaa-3333-4444-555555555555");
  ASSERT_TRUE(people.map_tenant("11111111-aaaa-3333-4444-555555555555", std::nullopt));
  EXPECT_THAT(*people.tenants(), IsEmpty());
}

}  // namespace
}  // namespace apportion
