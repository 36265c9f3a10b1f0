#include "application/customer_erasure.h"

#include <filesystem>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "application/customer_edits.h"
#include "application/writable_home_test_support.h"
#include "foundation/base/files.h"
#include "store/answer_book.h"
#include "store/job_book.h"
#include "store/people_book.h"
#include "store/report_book.h"
#include "store/view_book.h"

namespace apportion {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

const CustomerId kContoso("contoso");
const Doer kDoer{"os:billing"};
constexpr const char* kTenant = "8d1f0f6e-0000-4000-8000-00000000000a";

class CustomerErasure : public WritableHomeTest {
 protected:
  CustomerErasure() {
    EXPECT_TRUE(plane().put_customers(
        {{kContoso, "Zebra Ltd", "zebra-4711", {kTenant}}, {CustomerId("fabrikam"), "Fabrikam", "f-1", {}}}));
  }

  void retire() { EXPECT_TRUE(retire_customer(*writable_, "contoso", *Day::parse("2026-11-01"), {})); }

  PeopleBook people() {
    return std::move(PeopleBook::open(workspace_->home.control_plane_file(), workspace_->clock, [] { return 1000; }))
        .value();
  }

  // Of each kind that belongs to a customer, one.
  void add_everything(const CustomerId& customer) {
    PeopleBook book = people();
    User user;
    user.name = "zebra-user@" + customer.raw() + ".example";
    user.display_name = "Zebra Person";
    user.role = Role::kCustomerAdmin;
    user.customer = customer;
    const UserId id = *book.add_user(user, {"os:ada"});
    const std::string of = customer.raw();
    EXPECT_TRUE(book.start_session({.secret_hash = "s" + of,
                                    .id = "s" + of,
                                    .user = id,
                                    .idle_seconds = 99,
                                    .last_seconds = 99,
                                    .address = "10.9.8.7",
                                    .how = "password"},
                                   {"user:" + user.name, "10.9.8.7", customer}));
    EXPECT_TRUE(book.add_link({"l" + of, LinkPurpose::kInvitation, id, {}, 9999}, kDoer));
    EXPECT_TRUE(book.add_token({.id = "t" + of,
                                .name = "t" + of,
                                .secret_hash = "t" + of,
                                .role = Role::kCustomerViewer,
                                .customer = customer,
                                .ends_at = 9999},
                               kDoer));
    const std::string tenant = "8d1f0f6e-0000-4000-8000-0000000000" + std::string(customer == kContoso ? "0a" : "0b");
    EXPECT_TRUE(book.map_tenant(tenant, customer, kDoer));
    auto views = ViewBook::open(workspace_->home.control_plane_file(), workspace_->clock);
    EXPECT_TRUE(views->put({"v" + of, "user:" + user.name, customer, "Zebra view", false, "{}", 0}, kDoer));
    auto reports = ReportBook::open(workspace_->home.control_plane_file(), workspace_->clock);
    ReportSubscription subscription;
    subscription.name = "r-" + of;
    subscription.customer = customer;
    subscription.first_month = *Month::parse("2026-10");
    subscription.recipients = {"zebra-mail@" + of + ".example"};
    EXPECT_TRUE(reports->add_subscription(subscription, subscription.name, kDoer));
  }

  // A delivery to the customer by a subscription of all customers.
  void deliver(const CustomerId& customer) {
    auto reports = *ReportBook::open(workspace_->home.control_plane_file(), workspace_->clock);
    if (!reports.subscription_named("all")) {
      ReportSubscription all;
      all.name = "all";
      all.first_month = *Month::parse("2026-10");
      EXPECT_TRUE(reports.add_subscription(all, "all", kDoer));
    }
    auto begun = *reports.begin_delivery({.subscription = reports.subscription_named("all")->id,
                                          .customer = customer,
                                          .month = *Month::parse("2026-10"),
                                          .basis = "x"});
    begun.state = DeliveryState::kSent;
    begun.place = "zebra-place@" + customer.raw() + ".example";
    EXPECT_TRUE(reports.end_delivery(begun));
  }

  std::string control_plane_bytes() {
    std::string bytes;
    for (const auto& entry : std::filesystem::directory_iterator(folder_ / "home")) {
      if (entry.path().filename().string().starts_with("control-plane")) bytes += *read_file(entry.path());
    }
    return bytes;
  }
};

TEST_F(CustomerErasure, ACustomerThatIsNotRetiredStays) {
  const auto refused = erase_customer(*writable_, {"contoso", "the contract ended"});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().id, ErrorId::kCustomerNotErasable);
  EXPECT_THAT(refused.error().why, HasSubstr("not retired"));
  ASSERT_TRUE(retire_customer(*writable_, "contoso", *Day::parse("2026-12-01"), {}));
  EXPECT_EQ(erasable_traces(*workspace_, "contoso").error().id, ErrorId::kCustomerNotErasable) << "not yet";
  EXPECT_EQ(erasable_traces(*workspace_, "nobody").error().id, ErrorId::kNoSuchCustomer);
  EXPECT_EQ(customer_with_id(plane(), "contoso")->name, "Zebra Ltd");
}

TEST_F(CustomerErasure, NeedsAReason) {
  retire();
  EXPECT_FALSE(erase_customer(*writable_, {"contoso", " "}));
  EXPECT_EQ(customer_with_id(plane(), "contoso")->name, "Zebra Ltd");
}

TEST_F(CustomerErasure, TakesAllThatIsTheCustomersAndNothingOfOthers) {
  const CustomerId fabrikam("fabrikam");
  for (const CustomerId& customer : {kContoso, fabrikam}) {
    add_everything(customer);
    deliver(customer);
  }
  retire();
  const CustomerTraces all{.is_named = true,
                           .users = 1,
                           .tokens = 1,
                           .sign_in_tenants = 1,
                           .views = 1,
                           .report_subscriptions = 1,
                           .messages = 1};
  EXPECT_EQ(*erasable_traces(*workspace_, "contoso"), all);
  const auto erased = erase_customer(*writable_, {"contoso", "the contract ended"});
  ASSERT_TRUE(erased) << erased.error().message();
  EXPECT_EQ(*erased, all);
  EXPECT_EQ(*plane().traces_of_customer(kContoso), CustomerTraces());
  EXPECT_EQ(*plane().traces_of_customer(fabrikam), all);
  EXPECT_TRUE(customer_with_id(plane(), "contoso")->retired_from);
  EXPECT_THAT(*plane().damages(PlaneCheck::kWhole), IsEmpty());
}

TEST_F(CustomerErasure, LeavesNothingInTheFilesButWhatTheAuditLogSays) {
  deliver(kContoso);
  {
    auto views = ViewBook::open(workspace_->home.control_plane_file(), workspace_->clock);
    ASSERT_TRUE(views->put({"v", "user:c", kContoso, "a view", false, "{\"Zebra\": 1}", 0}, kDoer));
  }
  const AnswerKey key{"user:ada", "hash of the key"};
  {
    auto answers = AnswerBook::open(workspace_->home.control_plane_file());
    ASSERT_TRUE(answers->begin(key, "hash of the request", "folder", 1000));
    ASSERT_TRUE(answers->keep(key, {.body = "{\"name\": \"Zebra Ltd\"}"}));
    auto jobs = JobBook::open(workspace_->home.control_plane_file(), workspace_->clock);
    ASSERT_TRUE(jobs->end(*jobs->begin({.kind = "split"}), JobState::kDone, nullptr, "{\"name\": \"Zebra Ltd\"}"));
  }
  retire();
  ASSERT_TRUE(erase_customer(*writable_, {"contoso", "the contract ended"}));
  {
    auto answers = AnswerBook::open(workspace_->home.control_plane_file());
    const auto entry = answers->begin(key, "hash of the request", "another folder", 1000);
    ASSERT_TRUE(entry && *entry) << "the request is not done again";
    EXPECT_FALSE((*entry)->answer);
  }
  const std::string bytes = control_plane_bytes();
  for (const char* name : {"Zebra", "zebra-4711", "zebra-place"}) EXPECT_THAT(bytes, Not(HasSubstr(name)));
  EXPECT_THAT(bytes, HasSubstr("Fabrikam"));
}

}  // namespace
}  // namespace apportion
