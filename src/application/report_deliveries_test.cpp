#include "application/report_deliveries.h"

#include <filesystem>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "application/report_subscriptions.h"
#include "application/writable_home_test_support.h"
#include "foundation/base/files.h"

namespace apportion {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const Caller kPartner = Caller::partner("os:billing");
const Doer kDoer{"os:billing"};
const std::vector<std::string> kPeople;  // of the customer

class ReportSubscriptionsTest : public WritableHomeTest {
 protected:
  ReportSubscriptionsTest() {
    EXPECT_TRUE(plane().put_customers({{CustomerId("contoso"), "Contoso", "", {}}}));
    EXPECT_TRUE(make_folder(folder_ / "erp"));
  }

  Result<ReportSubscription> add(const ReportSubscriptionRequest& request) {
    return add_report_subscription(kPartner, *workspace_, request, kDoer);
  }
  Result<ReportFolder> add_folder(const std::filesystem::path& path) {
    return add_report_folder(kPartner, *workspace_, "erp", path, kDoer);
  }
};

TEST_F(ReportSubscriptionsTest, SayForWhomWhenAndWhereTo) {
  ASSERT_TRUE(add_folder(folder_ / "erp"));
  const auto added = add({.name = "erp", .customer = "contoso", .folder = "erp"});
  ASSERT_TRUE(added) << added.error().message();
  EXPECT_EQ(added->due, ReportDue::kOnComplete);
  EXPECT_EQ(added->first_month, *Month::parse("2026-10"));
  EXPECT_EQ(plane().audit_log(1)->front().detail, "erp: focus csv.gz of contoso, on-complete, folder erp");
  EXPECT_EQ(add({.name = "erp", .customer = "contoso", .folder = "erp"}).error().id,
            ErrorId::kReportSubscriptionExists);
  const auto monthly = edit_report_subscription(
      kPartner, *workspace_,
      {.name = "erp", .all_customers = true, .due = ReportDue::kMonthly, .day = 5, .recipients = kPeople}, kDoer);
  ASSERT_TRUE(monthly) << monthly.error().message();
  EXPECT_FALSE(monthly->customer || monthly->folder);
  EXPECT_EQ(edit_report_subscription(kPartner, *workspace_, {.name = "erp", .due = ReportDue::kOnLock}, kDoer)->day, 0);
}

TEST_F(ReportSubscriptionsTest, WhatCannotBeKeptIsRefused) {
  ASSERT_TRUE(add_folder(folder_ / "erp"));
  const std::vector<ReportSubscriptionRequest> wrong = {
      {.name = "a", .folder = "erp"},
      {.name = "a", .customer = "contoso"},
      {.name = "a", .customer = "contoso", .all_customers = true, .folder = "erp"},
      {.name = "a", .customer = "contoso", .folder = "erp", .recipients = kPeople},
      {.name = "A b", .customer = "contoso", .folder = "erp"},
      {.name = "a", .customer = "contoso", .folder = "nowhere"},
      {.name = "a", .customer = "contoso", .dataset = "none", .folder = "erp"},
      {.name = "a", .customer = "contoso", .dataset = "prices", .folder = "erp"},
      {.name = "a", .customer = "contoso", .due = ReportDue::kMonthly, .folder = "erp"},
      {.name = "a", .customer = "contoso", .day = 29, .folder = "erp"},
  };
  for (const ReportSubscriptionRequest& request : wrong) {
    const auto added = add(request);
    ASSERT_FALSE(added);
    EXPECT_EQ(added.error().id, ErrorId::kReportSubscriptionInvalid) << added.error().message();
  }
  EXPECT_EQ(add({.name = "a", .customer = "nobody", .folder = "erp"}).error().id, ErrorId::kNoSuchCustomer);
  EXPECT_EQ(
      add({.name = "a", .customer = "contoso", .recipients = std::vector<std::string>{"x@y\r\nBcc:z"}}).error().id,
      ErrorId::kMailAddressInvalid);
  EXPECT_EQ(list_report_subscriptions(Caller{"user:c"}, *workspace_).error().id, ErrorId::kPartnerOnly);
}

TEST_F(ReportSubscriptionsTest, AFolderIsOutsideOfTheHome) {
  EXPECT_EQ(add_folder("erp").error().id, ErrorId::kReportSubscriptionInvalid);
  EXPECT_EQ(add_folder(folder_ / "none").error().id, ErrorId::kReportSubscriptionInvalid);
  EXPECT_EQ(add_folder(folder_ / "home" / "lake").error().id, ErrorId::kReportSubscriptionInvalid);
  EXPECT_EQ(add_folder(folder_ / "erp" / ".." / "home").error().id, ErrorId::kReportSubscriptionInvalid);
  EXPECT_EQ(add_folder(folder_.path()).error().id, ErrorId::kReportSubscriptionInvalid);
  ASSERT_TRUE(add_folder(folder_ / "erp"));
  EXPECT_THAT(*list_report_folders(kPartner, *workspace_), SizeIs(1));
  ASSERT_TRUE(remove_report_folder(kPartner, *workspace_, "erp", kDoer));
  EXPECT_FALSE(remove_report_folder(kPartner, *workspace_, "erp", kDoer));
}

TEST_F(ReportSubscriptionsTest, TheNewestStateOfAMonthOpensAnAlert) {
  ASSERT_TRUE(add({.name = "mails", .customer = "contoso", .recipients = kPeople}));
  auto book = *ReportBook::open(workspace_->home.control_plane_file(), workspace_->clock);
  ReportDelivery delivery{.subscription = book.subscription_named("mails")->id,
                          .customer = CustomerId("contoso"),
                          .month = *Month::parse("2026-10"),
                          .basis = "one"};
  auto begun = *book.begin_delivery(delivery);
  begun.state = DeliveryState::kFailed;
  begun.message = "the server is away";
  ASSERT_TRUE(book.end_delivery(begun));
  const auto conditions = report_conditions(*workspace_);
  ASSERT_THAT(*conditions, SizeIs(1));
  EXPECT_EQ(conditions->front().key, "report-failed mails contoso 2026-10");
  EXPECT_THAT(conditions->front().text, HasSubstr("the server is away"));
  delivery.basis = "two";
  begun = *book.begin_delivery(delivery);
  begun.state = DeliveryState::kSent;
  ASSERT_TRUE(book.end_delivery(begun));
  EXPECT_THAT(*report_conditions(*workspace_), IsEmpty());
}

}  // namespace
}  // namespace apportion
