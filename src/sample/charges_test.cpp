#include "sample/charges.h"

#include <map>
#include <set>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "sample/dialect.h"
#include "sample/rows.h"

namespace apportion::sample {
namespace {

SampleOptions small_options(std::uint64_t seed = 7) {
  SampleOptions options;
  options.seed = seed;
  options.customers = 25;
  options.rows = 4000;
  return options;
}

const Month kMonth = *Month::parse("2026-09");

std::string scaled_text(Scaled number) {
  RowText text;
  return std::string(text.number(number));
}

TEST(RowText, WritesNumbersWithoutNeedlessZeros) {
  EXPECT_EQ(scaled_text({0, 0}), "0");
  EXPECT_EQ(scaled_text({0, 18}), "0");
  EXPECT_EQ(scaled_text({1, 18}), "0.000000000000000001");
  EXPECT_EQ(scaled_text({-1'250'000, 6}), "-1.25");
  EXPECT_EQ(scaled_text({120, 0}), "120");
  EXPECT_EQ(scaled_text({5'000'000, 6}), "5");
  const Int128 large = Int128{123'456'789'012'345'678} * 1'000'000'000'000'000'000 + 42;
  EXPECT_EQ(scaled_text({large, 18}), "123456789012345678.000000000000000042");
  EXPECT_EQ(scaled_text({large, 20}), "1234567890123456.78000000000000000042");
}

TEST(RowText, MakesVersionFourGuids) {
  EXPECT_EQ(guid_text(0, 0), "00000000-0000-4000-8000-000000000000");
  EXPECT_EQ(guid_text(~std::uint64_t{0}, ~std::uint64_t{0}), "ffffffff-ffff-4fff-bfff-ffffffffffff");
}

TEST(Draws, HeavyTailStaysInRangeAndIsHeavy) {
  Draws draws(1, Stream::kUsage, 0);
  int in_first_tenth = 0;
  for (int round = 0; round < 10'000; ++round) {
    const std::uint64_t value = draws.heavy_tailed_below(1000);
    ASSERT_LT(value, 1000U);
    in_first_tenth += value < 100 ? 1 : 0;
  }
  EXPECT_GT(in_first_tenth, 4000);
}

class Charges : public ::testing::Test {
 protected:
  SampleOptions options_ = small_options();
  World world_ = make_world(options_, kMonth.plus_months(-1));  // two months, of which kMonth is the second
  MonthCharges charges_ = MonthCharges(world_, kMonth, options_.rows);
  RunView final_view_{true, true, kMonth.last_day()};
  RunView first_view_{false, false, kMonth.last_day()};

  /// The cells of a charge as one text; empty when the run does not have it.
  std::string row_text(const MonthCharges& charges, std::uint64_t index, const RunView& view) const {
    const MonthTexts texts(world_, kMonth, view);
    RowText text;
    Charge charge;
    Cells cells;
    std::string row;
    if (charges.make(index, view, charge, text)) {
      fill_cost_row(charge, texts, text, cells);
      for (const std::string_view cell : cells) {
        row.append(cell).append("|");
      }
    }
    return row;
  }
};

TEST_F(Charges, AnyRowCanBeMadeWithoutTheRowsBefore) {
  std::map<std::uint64_t, std::string> in_order;
  for (std::uint64_t index = 0; index < charges_.size(); index += 37) {
    in_order[index] = row_text(charges_, index, final_view_);
  }
  const World again = make_world(options_, kMonth.plus_months(-1));
  const MonthCharges other(again, kMonth, options_.rows);
  for (auto place = in_order.rbegin(); place != in_order.rend(); ++place) {
    EXPECT_EQ(row_text(other, place->first, final_view_), place->second) << "row " << place->first;
  }
}

TEST_F(Charges, CommitmentsAreUsedUpToTheLastHour) {
  RowText text;
  Charge charge;
  std::map<std::pair<const Commitment*, Day>, Int128> hours;
  for (std::uint64_t index = 0; index < charges_.size(); ++index) {
    text.clear();
    if (!charges_.make(index, final_view_, charge, text) || !charge.in_amortized || charge.commitment == nullptr) {
      continue;
    }
    if (charge.commitment->kind == CommitmentKind::kReservation) {
      hours[{charge.commitment, charge.day}] += charge.quantity.units;
    }
  }
  ASSERT_FALSE(hours.empty());
  for (const auto& [key, sum] : hours) {
    EXPECT_EQ(sum, Int128{24'000'000} * key.first->quantity) << key.first->name << " " << key.second.to_string();
  }
}

TEST_F(Charges, ACommitmentIsGivenBackAndAnotherBoughtInItsPlace) {
  const auto& all = world_.commitments;
  std::size_t exchanges = 0;
  std::set<int> terms;
  for (std::size_t i = 0; i < all.size(); ++i) {
    terms.insert(all[i].term_months);
    if (!all[i].returned || i + 1 == all.size()) {
      continue;
    }
    ++exchanges;
    EXPECT_EQ(all[i + 1].start, *all[i].returned);
    EXPECT_EQ(all[i + 1].buyer_tenant, all[i].buyer_tenant);
    EXPECT_EQ(all[i + 1].name_on(all[i + 1].start),
              all[i + 1].former_name.empty() ? all[i + 1].name : all[i + 1].former_name);
  }
  EXPECT_GT(exchanges, 0U);
  EXPECT_TRUE(terms.contains(60));
}

TEST_F(Charges, HaveEveryKindOfRow) {
  RowText text;
  Charge charge;
  std::set<std::string> seen;
  for (std::uint64_t index = 0; index < charges_.size(); ++index) {
    text.clear();
    if (!charges_.make(index, final_view_, charge, text)) {
      continue;
    }
    seen.insert(std::string(charge_type_text(charge.type)) + "/" + std::string(pricing_model_text(charge.model)));
    seen.insert(std::string(charge.provider));
    seen.insert(std::string(charge.publisher_type));
    seen.insert(charge.subscription == nullptr ? "without subscription" : "with subscription");
    seen.insert(charge.partner_credit ? "credit" : "no credit");
    if (charge.type == ChargeType::kUsage && charge.quantity.units < 0) {
      seen.insert("negative usage");
    }
    if (charge.commitment != nullptr && charge.type == ChargeType::kPurchase) {
      seen.insert(std::string(frequency_text(charge.frequency)));
    }
  }
  for (const char* kind : {"Usage/OnDemand",
                           "Usage/Spot",
                           "Usage/Reservation",
                           "Usage/SavingsPlan",
                           "UnusedReservation/Reservation",
                           "UnusedSavingsPlan/SavingsPlan",
                           "Purchase/Reservation",
                           "Purchase/SavingsPlan",
                           "Refund/OnDemand",
                           "Refund/Reservation",
                           "RoundingAdjustment/OnDemand",
                           "Purchase/OnDemand",
                           "Microsoft 365",
                           "Marketplace",
                           "without subscription",
                           "credit",
                           "no credit",
                           "negative usage",
                           "Recurring",
                           "OneTime"}) {
    EXPECT_TRUE(seen.contains(kind)) << kind;
  }
}

TEST_F(Charges, TagsAndDetailsAreJsonInAllTheirUgliness) {
  RowText text;
  Charge charge;
  std::set<std::string> pairs;
  for (std::uint64_t index = 0; index < charges_.size(); ++index) {
    text.clear();
    if (!charges_.make(index, final_view_, charge, text)) {
      continue;
    }
    EXPECT_TRUE(nlohmann::json::accept("{" + std::string(charge.tags) + "}")) << charge.tags;
    EXPECT_TRUE(charge.additional_info.empty() || nlohmann::json::accept(charge.additional_info))
        << charge.additional_info;
    for (const std::string_view pair : ugly_tag_pairs()) {
      if (charge.tags.find(pair) != std::string_view::npos) {
        pairs.insert(std::string(pair));
      }
    }
  }
  EXPECT_EQ(pairs.size(), ugly_tag_pairs().size());
}

TEST_F(Charges, RestatementAddsChangesAndWithdraws) {
  int late = 0;
  int changed = 0;
  int withdrawn = 0;
  const MonthTexts texts(world_, kMonth, final_view_);
  RowText text;
  Charge charge;
  for (std::uint64_t index = 0; index < charges_.size(); ++index) {
    text.clear();
    const bool in_first = charges_.make(index, first_view_, charge, text);
    const Scaled first = in_first ? charge.quantity : Scaled{};
    text.clear();
    const bool in_final = charges_.make(index, final_view_, charge, text);
    late += !in_first && in_final ? 1 : 0;
    withdrawn += in_first && !in_final ? 1 : 0;
    changed += in_first && in_final && first.units != charge.quantity.units ? 1 : 0;
  }
  EXPECT_GT(late, 10);
  EXPECT_GT(changed, 10);
  EXPECT_GT(withdrawn, 0);
}

TEST_F(Charges, AmountsHaveEighteenDigitsAtMost) {
  const MonthTexts texts(world_, kMonth, final_view_);
  RowText text;
  Charge charge;
  std::size_t longest = 0;
  for (std::uint64_t index = 0; index < charges_.size(); ++index) {
    text.clear();
    if (charges_.make(index, final_view_, charge, text)) {
      const std::string cost(text.number(amounts_of(charge, texts).billing));
      EXPECT_EQ(Decimal::parse(cost).error, DecimalError::kNone) << cost;
      const std::size_t point = cost.find('.');
      longest = std::max(longest, point == std::string::npos ? 0 : cost.size() - point - 1);
    }
  }
  EXPECT_GE(longest, 15U);
  EXPECT_LE(longest, 18U);
}

TEST(Dialect, EveryQuirkAppearsForSomeSeed) {
  for (std::size_t quirk = 0; quirk < static_cast<std::size_t>(Quirk::kCount); ++quirk) {
    bool seen = false;
    for (std::uint64_t run = 0; run < 100 && !seen; ++run) {
      seen = Dialect::draw(3, run).has(static_cast<Quirk>(quirk));
    }
    EXPECT_TRUE(seen) << "quirk " << quirk;
  }
}

std::string dressed(Quirk quirk, CellKind kind, std::string_view cell) {
  Dialect dialect;
  dialect.add(quirk);
  std::string scratch;
  return std::string(dress_cell(cell, {0, "column", kind}, dialect, 0, scratch));
}

TEST(Dialect, DressKeepsTheValue) {
  EXPECT_EQ(dressed(Quirk::kExponents, CellKind::kNumber, "0.0000160599"), "1.60599E-05");
  EXPECT_EQ(dressed(Quirk::kExponents, CellKind::kNumber, "-0.00000000002"), "-2E-11");
  EXPECT_EQ(dressed(Quirk::kExponents, CellKind::kNumber, "0.25"), "0.25");
  EXPECT_EQ(dressed(Quirk::kExponents, CellKind::kNumber, "0"), "0");
  EXPECT_EQ(Decimal::parse("1.60599E-05").value, Decimal::parse("0.0000160599").value);
  EXPECT_EQ(dressed(Quirk::kIsoDates, CellKind::kDate, "08/31/2026"), "2026-08-31");
  EXPECT_EQ(dressed(Quirk::kIsoDates, CellKind::kDate, "2026-08-31T00:00:00Z"), "2026-08-31T00:00:00Z");
  EXPECT_EQ(dressed(Quirk::kTagsWithBraces, CellKind::kTags, R"("a": "b")"), R"({"a": "b"})");
  EXPECT_EQ(dressed(Quirk::kNewlinesInTags, CellKind::kTags, R"("a,\"b": "c","d": "e")"),
            "\"a,\\\"b\": \"c\",\n\"d\": \"e\"");
}

TEST(Dialect, HeadersKeepTheirNames) {
  Dialect dialect;
  dialect.add(Quirk::kLocalizedHeaders);
  dialect.add(Quirk::kSynonyms);
  const auto columns = file_columns(cost_columns(), dialect, true);
  EXPECT_EQ(columns[cost::kResourceGroupName].header, "Ressourcengruppe (ResourceGroup)");
  EXPECT_EQ(columns[cost::kResourceId].header, "InstanceName");
  EXPECT_EQ(columns[cost::kProductName].header, "product");
  EXPECT_EQ(columns[cost::kInvoiceId].header, "invoiceId");

  Dialect mixed;
  mixed.add(Quirk::kReordered);
  mixed.add(Quirk::kUnknownColumns);
  const auto reordered = file_columns(cost_columns(), mixed, true);
  EXPECT_EQ(reordered.size(), cost_columns().size() + 3);
  std::set<std::string> names;
  for (const FileColumn& column : reordered) {
    names.insert(column.header);
  }
  EXPECT_EQ(names.size(), reordered.size());
  EXPECT_NE(reordered.front().header + reordered[1].header, "invoiceIdpreviousInvoiceId");
}

}  // namespace
}  // namespace apportion::sample
