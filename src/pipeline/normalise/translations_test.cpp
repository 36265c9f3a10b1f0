#include "pipeline/normalise/translations.h"

#include <string>

#include <gtest/gtest.h>

#include "foundation/model/resource_type.h"

namespace apportion {
namespace {

struct Words {
  std::string_view from;
  std::string_view to;
};

template <std::size_t Size>
void expect_words(std::string (*translate)(std::string_view), const Words (&words)[Size]) {
  for (const Words& one : words) EXPECT_EQ(translate(one.from), one.to) << "of `" << one.from << "`";
}

struct Nature {
  std::string_view charge_type;
  std::string_view pricing_model;
  bool usage, purchase, unused, of_commitment;
};

TEST(Translations, TellWhatARowIs) {
  constexpr Nature kCases[] = {
      {"Usage", "OnDemand", true, false, false, false},
      {"Usage", "Spot", true, false, false, false},
      {"Usage", "", true, false, false, false},
      {"", "", true, false, false, false},
      {"usage", "reservation", true, false, false, true},
      {"Usage", "Reservation", true, false, false, true},
      {"Usage", "SavingsPlan", true, false, false, true},
      {"Usage", "Savings Plan", true, false, false, true},
      {"Usage", "SomethingNew", true, false, false, false},
      {"Purchase", "OnDemand", false, true, false, false},
      {"Purchase", "Reservation", false, true, false, true},
      {"Refund", "SavingsPlan", false, true, false, true},
      {"Refund", "", false, true, false, false},
      {"UnusedReservation", "Reservation", true, false, true, true},
      {"UnusedSavingsPlan", "", true, false, true, true},
      {"UnusedSavingPlan", "", true, false, true, true},
      {"RoundingAdjustment", "", false, false, false, false},
      {"Tax", "OnDemand", false, false, false, false},
      {"SomethingNew", "Reservation", false, false, false, true},
  };
  for (const Nature& one : kCases) {
    const ChargeNature nature = charge_nature(one.charge_type, one.pricing_model);
    EXPECT_EQ(nature.is_usage, one.usage) << one.charge_type << " " << one.pricing_model;
    EXPECT_EQ(nature.is_purchase, one.purchase) << one.charge_type << " " << one.pricing_model;
    EXPECT_EQ(nature.is_unused, one.unused) << one.charge_type << " " << one.pricing_model;
    EXPECT_EQ(nature.is_of_commitment(), one.of_commitment) << one.charge_type << " " << one.pricing_model;
  }
}

TEST(Translations, NameChargesAsFocusDoes) {
  expect_words(charge_category, {{"Usage", "Usage"},
                                 {"", "Usage"},
                                 {" ", "Usage"},
                                 {"usage", "Usage"},
                                 {"UnusedReservation", "Usage"},
                                 {"UnusedSavingsPlan", "Usage"},
                                 {"UnusedSavingPlan", "Usage"},
                                 {"Purchase", "Purchase"},
                                 {"Refund", "Purchase"},
                                 {"Tax", "Tax"},
                                 {"Credit", "Credit"},
                                 {"RoundingAdjustment", "Adjustment"},
                                 {"Rounding Adjustment", "Adjustment"},
                                 {"SomethingNew", "Adjustment"}});
  expect_words(charge_class, {{"Refund", "Correction"}, {"refund", "Correction"}, {"Usage", ""}, {"", ""}});
  expect_words(charge_frequency, {{"OneTime", "One-Time"},
                                  {"Recurring", "Recurring"},
                                  {"UsageBased", "Usage-Based"},
                                  {"usage-based", "Usage-Based"},
                                  {"Weekly", "Weekly"},
                                  {"", ""}});
  expect_words(pricing_category, {{"OnDemand", "Standard"},
                                  {"On Demand", "Standard"},
                                  {"Reservation", "Committed"},
                                  {"SavingsPlan", "Committed"},
                                  {"Spot", "Dynamic"},
                                  {"SomethingNew", "Other"},
                                  {"", ""}});
  expect_words(service_category, {{"Compute", "Compute"},
                                  {"AI + Machine Learning", "AI and Machine Learning"},
                                  {"SomethingNew", "Other"},
                                  {"", ""}});
}

TEST(Translations, KnowWhichWordsAreKnown) {
  EXPECT_TRUE(is_known_charge_type("UnusedSavingsPlan"));
  EXPECT_TRUE(is_known_charge_type(" "));
  EXPECT_FALSE(is_known_charge_type("SomethingNew"));
  EXPECT_TRUE(is_known_pricing_model("On Demand"));
  EXPECT_TRUE(is_known_pricing_model(""));
  EXPECT_FALSE(is_known_pricing_model("SomethingNew"));
  EXPECT_TRUE(is_known_frequency("OneTime"));
  EXPECT_FALSE(is_known_frequency("Weekly"));
}

TEST(Translations, TellWhatACommitmentIs) {
  constexpr std::string_view kReservation = "/providers/Microsoft.Capacity/reservationOrders/o/reservations/r";
  constexpr std::string_view kPlan = "/providers/Microsoft.BillingBenefits/savingsPlanOrders/o/savingsPlans/s";
  constexpr std::string_view kZeros = "00000000-0000-0000-0000-000000000000";
  constexpr auto kNone = CommitmentMark::kNone;
  constexpr auto kSome = CommitmentMark::kSome;
  constexpr auto kSavingsPlan = CommitmentMark::kSavingsPlan;
  EXPECT_EQ(mark_of_benefit(kReservation), CommitmentMark::kReservation);
  EXPECT_EQ(mark_of_benefit("/PROVIDERS/MICROSOFT.CAPACITY/reservationOrders/o/reservations/"),
            CommitmentMark::kReservation);
  EXPECT_EQ(mark_of_benefit(kPlan), kSavingsPlan);
  EXPECT_EQ(mark_of_benefit("something"), kSome);
  for (const std::string_view nothing : {std::string_view(), std::string_view(" "), kZeros}) {
    EXPECT_EQ(mark_of_benefit(nothing), kNone) << nothing;
    EXPECT_EQ(mark_of_reservation(nothing), kNone) << nothing;
  }
  EXPECT_EQ(mark_of_reservation("5a2b0c00-0000-4000-8000-0000000000aa"), CommitmentMark::kReservation);
  EXPECT_EQ(mark_of_resource("/providers/microsoft.capacity/reservationorders/o"), CommitmentMark::kReservation);
  EXPECT_EQ(mark_of_resource(kPlan), kSavingsPlan);
  EXPECT_EQ(mark_of_resource("/subscriptions/s/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/v"),
            kNone);
  EXPECT_EQ(mark_of_term("12"), kSome);
  EXPECT_EQ(mark_of_term("P3Y"), kSome);
  EXPECT_EQ(mark_of_term("1"), kNone);
  EXPECT_EQ(mark_of_term(""), kNone);
  EXPECT_EQ(commitment_type(CommitmentMark::kReservation), "Reservation");
  EXPECT_EQ(commitment_type(kSavingsPlan), "Savings Plan");
  EXPECT_EQ(commitment_type(kSome), "");
  EXPECT_EQ(commitment_category(CommitmentMark::kReservation), "Usage");
  EXPECT_EQ(commitment_category(kSavingsPlan), "Spend");
  EXPECT_EQ(commitment_category(kNone), "");
}

TEST(Translations, TellWhetherACommitmentIsUsed) {
  const auto status = [](std::string_view type, std::string_view model) {
    return commitment_status(charge_nature(type, model));
  };
  EXPECT_EQ(status("Usage", "Reservation"), "Used");
  EXPECT_EQ(status("Usage", "OnDemand"), "");
  EXPECT_EQ(status("UnusedReservation", "Reservation"), "Unused");
  EXPECT_EQ(status("UnusedSavingPlan", ""), "Unused");
  EXPECT_EQ(status("Purchase", "Reservation"), "");
  ChargeNature nature = charge_nature("Usage", "");
  nature.add(CommitmentMark::kSome);
  nature.add(CommitmentMark::kSavingsPlan);
  nature.add(CommitmentMark::kReservation);
  EXPECT_EQ(commitment_status(nature), "Used");
  EXPECT_EQ(nature.commitment, CommitmentMark::kSavingsPlan) << "the kind that was told first stays";
}

TEST(Translations, TellCapacityReservations) {
  constexpr std::string_view kGroup =
      "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Compute/"
      "capacityReservationGroups/g";
  EXPECT_TRUE(is_capacity_reservation(std::string(kGroup) + "/capacityReservations/cr"));
  EXPECT_FALSE(is_capacity_reservation(kGroup));
  EXPECT_FALSE(is_capacity_reservation(""));
  expect_words(capacity_reservation_in, {{R"({"VMCapacityReservationId":"/cr"})", "/cr"},
                                         {R"("vmcapacityreservationid": "/cr", "VCPUs": 2)", "/cr"},
                                         {R"({"VMCapacityReservationId":null})", ""},
                                         {R"({"VMCapacityReservationId":""})", ""},
                                         {"VMCapacityReservationId", ""},
                                         {R"({"VCPUs":2})", ""},
                                         {"", ""}});
}

TEST(Translations, TakeIdsApart) {
  constexpr std::string_view kGuid = "5a2b0c00-0000-4000-8000-0000000000aa";
  expect_words(subscription_guid, {{kGuid, kGuid},
                                   {"5A2B0C00-0000-4000-8000-0000000000AA", kGuid},
                                   {"/subscriptions/5A2B0C00-0000-4000-8000-0000000000aa", kGuid},
                                   {" /Subscriptions/5A2B0C00-0000-4000-8000-0000000000aa/ ", kGuid},
                                   {"00000000-0000-0000-0000-000000000000", ""},
                                   {"/subscriptions/00000000-0000-0000-0000-000000000000", ""},
                                   {"", ""}});
  EXPECT_EQ(subscription_path(kGuid), "/subscriptions/" + std::string(kGuid));
  EXPECT_EQ(subscription_path("00000000-0000-0000-0000-000000000000"), "");
  expect_words(tenant_guid, {{"8D1F0F6E-0000-4000-8000-000000000001 ", "8d1f0f6e-0000-4000-8000-000000000001"},
                             {"00000000-0000-0000-0000-000000000000", ""},
                             {"", ""}});
  constexpr std::string_view kVm =
      "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/VM-1";
  expect_words(resource_name, {{kVm, "VM-1"}, {"vm", "vm"}, {"/a/b/", "b"}, {"/", ""}, {"", ""}});
  expect_words(resource_name, {{"/providers/Microsoft.Capacity/reservationOrders/o/reservations/", ""},
                               {"/providers/Microsoft.Capacity/reservationOrders/o/reservations/r", "r"},
                               {"/providers/Microsoft.BillingBenefits/savingsPlanOrders/o/savingsPlans/", ""}});
  expect_words(resource_type,
               {{kVm, "microsoft.compute/virtualmachines"},
                {"/subscriptions/s/resourceGroups/rg/providers/Microsoft.Sql/servers/s1/databases/d1",
                 "microsoft.sql/servers/databases"},
                {"/subscriptions/s/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/v/providers/"
                 "Microsoft.Insights/x/y",
                 "microsoft.insights/x"},
                {"/providers/Microsoft.Capacity", "microsoft.capacity"},
                {"/subscriptions/s/resourceGroups/rg", ""},
                {"", ""}});
  expect_words(region_id, {{"East US", "eastus"}, {"eastus", "eastus"}, {"", ""}});
}

TEST(Translations, ReadTagsWithAndWithoutBraces) {
  constexpr Words kCases[] = {
      {R"({"env":"prod"})", R"({"env":"prod"})"},
      {R"("env": "prod","team": "")", R"({"env": "prod","team": ""})"},
      {R"(  "env": "prod"  )", R"({"env": "prod"})"},
      {R"({})", R"({})"},
      {R"("Env":"a","env":"b")", R"({"Env":"a","env":"b"})"},
      {R"("名前":"値")", R"({"名前":"値"})"},
      {R"("a":{"b":[1,2]})", R"({"a":{"b":[1,2]}})"},
      {"\"a\":\"line\\nfeed\"", "{\"a\":\"line\\nfeed\"}"},
      {"env=prod", R"({"x_unreadable":"env=prod"})"},
      {R"({"env":"prod")", R"({"x_unreadable":"{\"env\":\"prod\""})"},
      {R"([1,2])", R"({"x_unreadable":"[1,2]"})"},
      {"\"a\":\"line\nfeed\"", R"({"x_unreadable":"\"a\":\"line\nfeed\""})"},
      {"", ""},
      {"  ", ""},
  };
  for (const Words& one : kCases) EXPECT_EQ(json_object_or_kept(one.from), one.to) << "of `" << one.from << "`";
}

struct Unit {
  std::string_view text;
  std::string_view block_size;
  std::string_view unit;
};

TEST(Translations, ReadUnitsOfMeasure) {
  constexpr Unit kCases[] = {
      {"1 Hour", "1", "Hours"},
      {"10 Hours", "10", "Hours"},
      {"100 Hours", "100", "Hours"},
      {"10K", "10000", "Units"},
      {"1K", "1000", "Units"},
      {"1M", "1000000", "Units"},
      {"1B", "1000000000", "Units"},
      {"1 GB", "1", "GB"},
      {"1 GB/Month", "1", "GB/Month"},
      {"100 GB/Month", "100", "GB/Month"},
      {"1/Month", "1", "Units/Month"},
      {"1 /Month", "1", "Units/Month"},
      {"10K Transactions", "10000", "Transactions"},
      {"10K/Month", "10000", "Units/Month"},
      {"1", "1", "Units"},
      {"1 MB", "1", "MB"},
      {"1MB", "1", "MB"},
      {"0.5 Hours", "0.5", "Hours"},
      {"Hours", "1", "Hours"},
      {"", "1", "Units"},
      {"...", "1", "..."},
  };
  for (const Unit& one : kCases) {
    const UnitOfMeasure measure = unit_of_measure(one.text);
    EXPECT_EQ(measure.block_size.to_string(), one.block_size) << one.text;
    EXPECT_EQ(measure.unit, one.unit) << one.text;
  }
}

TEST(Translations, ReadTermsInMonths) {
  const std::pair<std::string_view, std::optional<std::int64_t>> cases[] = {
      {"12", 12},  {"36", 36}, {"1Year", 12},  {"3Years", 36},   {"3 Years", 36}, {"P1Y", 12},
      {"p3y", 36}, {"P1M", 1}, {"1 Month", 1}, {"60", 60},       {"", {}},        {"n/a", {}},
      {"P1", {}},  {"Y", {}},  {"1.5", {}},    {"12 weeks", {}},
  };
  for (const auto& [text, months] : cases) EXPECT_EQ(term_months(text), months) << text;
}

TEST(Translations, TakeCreditRatesAboveOneAsPercent) {
  const std::pair<std::string_view, std::string_view> cases[] = {{"0", "0"},     {"0.15", "0.15"}, {"1", "1"},
                                                                 {"15", "0.15"}, {"100", "1"},     {"12.5", "0.125"}};
  for (const auto& [written, rate] : cases)
    EXPECT_EQ(credit_rate(Decimal::parse(written).value).to_string(), rate) << written;
}

}  // namespace
}  // namespace apportion
