#include "store/report_book.h"

#include <optional>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "foundation/base/test_support.h"
#include "store/control_plane.h"
#include "store/home_texts.h"
#include "store/view_book.h"

namespace apportion {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::SizeIs;

const Clock kClock = Clock::fixed(*Day::parse("2026-11-22"));
const Month kMonth = *Month::parse("2026-10");
const CustomerId kContoso("contoso");
const Doer kDoer{"os:billing", "10.0.0.7"};

class ReportBookTest : public ::testing::Test {
 protected:
  ReportBookTest() {
    auto plane = ControlPlane::open(file_, kClock, true);
    EXPECT_TRUE(plane);
    EXPECT_TRUE(plane->put_customers({{kContoso, "Contoso", "", {}}, {CustomerId("fabrikam"), "F", "", {}}}));
    plane_.emplace(std::move(plane).value());
    book_.emplace(std::move(ReportBook::open(file_, kClock)).value());
  }

  ReportSubscription add(const std::string& name, const std::optional<CustomerId>& customer = kContoso) {
    ReportSubscription subscription;
    subscription.name = name;
    subscription.customer = customer;
    subscription.first_month = kMonth;
    subscription.recipients = {"a@contoso.example", "b@contoso.example"};
    EXPECT_TRUE(book_->add_subscription(subscription, name, kDoer));
    return std::move(book_->subscription_named(name)).value();
  }

  TestFolder folder_;
  std::filesystem::path file_ = folder_ / "control-plane.sqlite";
  std::optional<ControlPlane> plane_;
  std::optional<ReportBook> book_;
};

TEST_F(ReportBookTest, SubscriptionsAreKeptAsTheyWereGiven) {
  ReportSubscription wanted = add("monthly");
  EXPECT_THAT(wanted.recipients, ElementsAre("a@contoso.example", "b@contoso.example"));
  wanted.due = ReportDue::kMonthly;
  wanted.day = 5;
  wanted.customer.reset();
  wanted.again_on_change = true;
  ASSERT_TRUE(book_->change_subscription(wanted, "monthly", kDoer));
  EXPECT_EQ(*book_->subscription_named("monthly"), wanted);
  EXPECT_EQ(book_->add_subscription(wanted, "", kDoer).error().id, ErrorId::kReportSubscriptionExists);
  EXPECT_EQ(plane_->audit_log(1)->front().address, "10.0.0.7");
  ASSERT_TRUE(book_->remove_subscription("monthly", kDoer));
  EXPECT_EQ(book_->subscription_named("monthly").error().id, ErrorId::kNoSuchReportSubscription);
}

TEST_F(ReportBookTest, AMonthIsOneRowForEachStateOfItsContent) {
  const ReportSubscription subscription = add("a");
  ReportDelivery delivery{.subscription = subscription.id, .customer = kContoso, .month = kMonth, .basis = "one"};
  auto begun = book_->begin_delivery(delivery);
  ASSERT_TRUE(begun);
  EXPECT_EQ(begun->state, DeliveryState::kSending);
  begun->state = DeliveryState::kFailed;
  begun->next_try = 7;
  ASSERT_TRUE(book_->end_delivery(*begun));
  const auto again = book_->begin_delivery(delivery);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->attempts, 2);
  delivery.basis = "two";
  ASSERT_TRUE(book_->begin_delivery(delivery));
  const auto rows = book_->deliveries_of(subscription.id, kContoso, kMonth);
  ASSERT_THAT(*rows, SizeIs(2));
  EXPECT_EQ(rows->front().basis, "two");
}

TEST_F(ReportBookTest, AFolderThatIsUsedStays) {
  ASSERT_TRUE(book_->put_folder({"erp", "/srv/erp"}, kDoer));
  ReportSubscription subscription = add("a");
  subscription.recipients.clear();
  subscription.folder = "erp";
  ASSERT_TRUE(book_->change_subscription(subscription, "a", kDoer));
  EXPECT_EQ(book_->remove_folder("erp", kDoer).error().id, ErrorId::kReportSubscriptionInvalid);
  ASSERT_TRUE(book_->remove_subscription("a", kDoer));
  EXPECT_TRUE(*book_->remove_folder("erp", kDoer));
  EXPECT_FALSE(*book_->remove_folder("erp", kDoer));
}

TEST_F(ReportBookTest, WhatIsACustomersGoesWithIt) {
  auto views = ViewBook::open(file_, kClock);
  ASSERT_TRUE(views);
  ASSERT_TRUE(views->put({"1", "user:c", kContoso, "own", false, "{}", 0}, kDoer));
  const ReportSubscription own = add("own");
  const ReportSubscription all = add("all", std::nullopt);
  ASSERT_TRUE(book_->begin_delivery({.subscription = own.id, .customer = kContoso, .month = kMonth, .basis = "x"}));
  ASSERT_TRUE(book_->begin_delivery({.subscription = all.id, .customer = kContoso, .month = kMonth, .basis = "x"}));
  ASSERT_TRUE(plane_->put_customers({{kContoso, "Contoso now", "", {}}}));
  EXPECT_THAT(*book_->deliveries({}, 9), SizeIs(2));
  ASSERT_TRUE(plane_->remove_customer(kContoso));
  EXPECT_THAT(*book_->subscriptions(), ElementsAre(all));
  EXPECT_THAT(*book_->deliveries({}, 9), IsEmpty());
  EXPECT_THAT(*views->seen_by("user:c", kContoso), IsEmpty());
}

TEST_F(ReportBookTest, WhatCameByMailIsInTheAuditLogOfTheCustomerWithoutTheAddresses) {
  ASSERT_TRUE(book_->note_sent({kContoso, kMonth, true}, "report.send", "contoso to boss@partner.example", kDoer));
  EXPECT_EQ(plane_->audit_log_of(kContoso, 9)->front().detail, kMonth.to_string() + " by mail");
  EXPECT_EQ(plane_->audit_log(2)->back().detail, "contoso to boss@partner.example");
  ASSERT_TRUE(book_->note_sent({kContoso, kMonth, false}, "report.deliver", "contoso to the folder erp", kDoer));
  EXPECT_THAT(*plane_->audit_log_of(kContoso, 9), SizeIs(1));
}

TEST_F(ReportBookTest, ViewsAreSeenByTheirOwnerAndSharedOnesByTheSameCustomer) {
  auto views = ViewBook::open(file_, kClock);
  ASSERT_TRUE(views);
  ASSERT_TRUE(views->put({"1", "user:a", {}, "mine", false, "{}", 2}, kDoer));
  ASSERT_TRUE(views->put({"2", "user:a", {}, "ours", true, "{}", 1}, kDoer));
  ASSERT_TRUE(views->put({"3", "user:c", kContoso, "theirs", true, "{}", 0}, kDoer));
  const auto names = [&](const std::string& owner, const std::optional<CustomerId>& customer) {
    std::string all;
    const auto seen = views->seen_by(owner, customer);
    for (const SavedView& view : *seen) all += view.name + " ";
    return all;
  };
  EXPECT_EQ(names("user:a", {}), "ours mine ");
  EXPECT_EQ(names("user:b", {}), "ours ");
  EXPECT_EQ(names("user:d", kContoso), "theirs ");
  EXPECT_EQ(names("user:d", CustomerId("fabrikam")), "");
  EXPECT_EQ(views->put({"4", "user:a", {}, "mine", false, "{}", 0}, kDoer).error().id, ErrorId::kViewExists);
}

TEST_F(ReportBookTest, TextsAreSetAndTakenAway) {
  auto texts = HomeTexts::open(file_, kClock);
  ASSERT_TRUE(texts);
  ASSERT_TRUE(texts->put({{"brand.name", "Acme"}, {"brand.logo", "x"}}, "brand.put", "name, logo", kDoer));
  ASSERT_TRUE(texts->put({{"brand.logo", ""}}, "brand.put", "logo", kDoer));
  EXPECT_THAT(*texts->all(), ElementsAre(Pair("brand.name", "Acme")));
}

}  // namespace
}  // namespace apportion
