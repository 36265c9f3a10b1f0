#include "pipeline/invoices/invoice_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pipeline/ingest/testing.h"

namespace apportion {
namespace {

using ingest_testing::pack_gzip;
using ingest_testing::SlowReader;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

const std::string kUsageHeader =
    "PartnerId,InvoiceNumber,CustomerId,EntitlementId,ProductId,SkuId,UsageDate,BillingPreTaxTotal,BillingCurrency\n";
const std::string kUsageLine = "P1,G1,C1,S1,DZH318Z0BQ35,0002,10/31/2026 12:00:00 AM,1.25,EUR\n";

struct ReadLines {
  InvoiceFileFacts facts;
  std::vector<std::string> lines;  // line, invoice, customer, subscription, product, day, amount, currency
  std::string error;
  ErrorId id = ErrorId::kNoCharges;
};

ReadLines read(const std::string& bytes, std::size_t piece_bytes = 7) {
  const InvoiceFile file{"lines", [&]() -> Result<std::unique_ptr<ByteReader>> {
                           return std::unique_ptr<ByteReader>(std::make_unique<SlowReader>(bytes, piece_bytes));
                         }};
  ReadLines read;
  const auto facts = read_invoice_file(file, [&](const InvoiceLine& line) {
    read.lines.push_back(fmt::format("{}|{}|{}|{}|{}|{}|{}|{}", line.line, line.invoice, line.customer_id,
                                     line.subscription, line.product, line.day ? line.day->to_string() : "",
                                     line.amount.to_string(), line.currency->code()));
    return ok();
  });
  if (facts) {
    read.facts = *facts;
  } else {
    read.error = facts.error().message();
    read.id = facts.error().id;
  }
  return read;
}

TEST(InvoiceFile, IsReadAsCsvOfDailyUsage) {
  const ReadLines usage = read(kUsageHeader + kUsageLine);
  EXPECT_EQ(usage.error, "");
  EXPECT_EQ(usage.facts.kind, InvoiceFileKind::kDailyUsage);
  EXPECT_EQ(usage.facts.lines, 1);
  EXPECT_FALSE(usage.facts.has_meters);
  EXPECT_THAT(usage.lines, ElementsAre("2|G1|c1|s1|dzh318z0bq350002|2026-10-31|1.25|EUR"));
}

TEST(InvoiceFile, IsReadWithAnyOrderAndCaseOfColumnsWithMarkAndUnknownOnes) {
  const ReadLines lines = read(
      "\xEF\xBB\xBFsubtotal,CURRENCY,skuid,Later,ProductID,SubscriptionId,customerid,invoicenumber,partnerid,TaxTotal\n"
      "-0.10,usd,0001,x,P,ORDER,C,G2,P1,0.01\n");
  EXPECT_EQ(lines.error, "");
  EXPECT_EQ(lines.facts.kind, InvoiceFileKind::kReconciliation);
  EXPECT_THAT(lines.lines, ElementsAre("2|G2|c|order|p0001||-0.1|USD"));
}

TEST(InvoiceFile, IsReadAsJsonLinesOfGraphWithAllDigits) {
  const std::string json =
      R"({"PartnerId":"P1","InvoiceNumber":"G1","CustomerId":"C1","EntitlementId":"S1","ProductId":"P","SkuId":"1",)"
      R"("UsageDate":"2026-10-31T00:00:00Z","BillingPreTaxTotal":0.12345678901234567,"BillingCurrency":"EUR",)"
      R"("Tags":{"a":["b",1,null]}})"
      "\n"
      R"({"billingCurrency":"EUR","billingPreTaxTotal":1,"usageDate":"2026-11-01","skuId":"1","productId":"P",)"
      R"("entitlementId":"S1","customerId":"C1","invoiceNumber":null,"partnerId":"P1","meterId":"M"})";
  for (const std::string& bytes : {json, pack_gzip(json)}) {
    const ReadLines lines = read(bytes);
    EXPECT_EQ(lines.error, "");
    EXPECT_THAT(lines.lines,
                ElementsAre("1|G1|c1|s1|p1|2026-10-31|0.12345678901234567|EUR", "2||c1|s1|p1|2026-11-01|1|EUR"));
  }
}

TEST(InvoiceFile, RefusesAmountsThatAnotherProgramRewrote) {
  const std::string header = kUsageHeader;
  const ReadLines lines = read(header + kUsageLine + "P1,G1,C1,S1,P,1,2026-10-31,\"1.234,56\",EUR\n");
  EXPECT_EQ(lines.id, ErrorId::kRowsRejected);
  EXPECT_THAT(lines.error, HasSubstr("line 3, column BillingPreTaxTotal"));
  EXPECT_THAT(lines.error, HasSubstr("1.234,56"));
  EXPECT_EQ(read(header + "P1,G1,C1,S1,P,1,31/10/2026,1,EUR\n").id, ErrorId::kRowsRejected);
  EXPECT_EQ(read(header + "P1,G1,C1,S1,P,1,2026-10-31,1,\n").id, ErrorId::kRowsRejected);
  EXPECT_EQ(read(header + "P1,G1,C1,S1,P,1,2026-10-31,,EUR\n").id, ErrorId::kRowsRejected);
}

TEST(InvoiceFile, RefusesFilesThatAreNotWhole) {
  EXPECT_EQ(read(kUsageHeader + kUsageLine + "P1,G1,C1").id, ErrorId::kFileRagged);
  const std::string packed = pack_gzip(kUsageHeader + kUsageLine);
  EXPECT_EQ(read(packed.substr(0, packed.size() / 2)).id, ErrorId::kGzipBroken);
  EXPECT_EQ(read("{\"PartnerId\":\"P1\",\"Inv").id, ErrorId::kRowsRejected);
  EXPECT_EQ(read("").id, ErrorId::kFileColumnMissing);
}

TEST(InvoiceFile, RefusesOtherFilesByTheColumnsThatTheyLack) {
  const ReadLines lines = read("Date,Cost\n2026-10-31,1\n");
  EXPECT_EQ(lines.id, ErrorId::kFileColumnMissing);
  EXPECT_THAT(lines.error, HasSubstr("Subtotal"));
  EXPECT_EQ(read("PartnerId,partnerid\n").id, ErrorId::kFileColumnRepeated);
}

InvoiceFile file_of(const std::string& bytes) {
  return {"lines", [bytes]() -> Result<std::unique_ptr<ByteReader>> {
            return std::unique_ptr<ByteReader>(std::make_unique<SlowReader>(bytes, 7));
          }};
}

TEST(InvoiceFile, RecordsSayWhatOfThemCannotBeReadAndWhatElseTheyHold) {
  const std::string header =
      "Later,PartnerId,InvoiceNumber,CustomerId,SubscriptionId,ProductId,SkuId,Subtotal,Currency,"
      "UsageDate,Quantity,BillableQuantity\n";
  std::vector<std::string> records;
  const auto facts = read_invoice_records(
      file_of(header + "x,P1,G1,C1,O1,P,1,1.5,EUR,2026-10-01,2,3\ny,P1,G2,C1,O1,P,1,1.234;5,EUR,,,\n"),
      [&](const InvoiceRecord& record) {
        std::string others;
        for (const std::size_t column : record.others) {
          others += fmt::format("{}={} ", record.names[column], record.cells[column]);
        }
        records.push_back(fmt::format("{}:{} {} {}{}", record.line.file, record.line.line, record.line.invoice, others,
                                      record.fault ? record.fault->column : record.line.quantity->to_string()));
        return ok();
      });
  ASSERT_TRUE(facts) << facts.error().message();
  EXPECT_EQ(facts->lines, 2);
  EXPECT_THAT(records, ElementsAre("lines:2 G1 Later=x UsageDate=2026-10-01 Quantity=2 3",
                                   "lines:3 G2 Later=y UsageDate= Quantity= Subtotal"));
}

TEST(InvoiceFile, IsRecognisedByItsFirstLine) {
  const auto kind = [](const std::string& bytes) -> std::string {
    const auto found = recognise_invoice_file(file_of(bytes));
    if (!found) return "unreadable";
    return *found ? std::string(invoice_file_kind_name(**found)) : "another file";
  };
  EXPECT_EQ(kind(kUsageHeader + kUsageLine), "daily usage");
  EXPECT_EQ(kind(pack_gzip(kUsageHeader + kUsageLine)), "daily usage");
  EXPECT_EQ(kind(R"({"partnerId":"P","invoiceNumber":"G1","subtotal":1})"), "reconciliation");
  EXPECT_EQ(kind("\xEF\xBB\xBF\"PartnerId\",\"Subtotal\"\r\n"), "reconciliation");
  EXPECT_EQ(kind("partnerTenantId,invoiceId,costInBillingCurrency\n"), "another file");
  EXPECT_EQ(kind("{\n  \"manifestVersion\": \"2024-04-01\"\n}"), "another file");
  EXPECT_EQ(kind(""), "another file");
}

// Lines of several blocks, of three customers.
std::string large_file(bool is_json) {
  constexpr int kLines = 30'000;
  std::string bytes = is_json ? "" : kUsageHeader;
  for (int i = 0; i < kLines; ++i) {
    const char* format = "P1,G1,C{},S1,DZH318Z0BQ35,0002,2026-10-31,{}.25,EUR\n";
    const char* json =
        R"({{"PartnerId":"P1","InvoiceNumber":"G1","CustomerId":"C{}","EntitlementId":"S1","ProductId":"P",)"
        R"("SkuId":"1","UsageDate":"2026-10-31","BillingPreTaxTotal":{},"BillingCurrency":"EUR"}})"
        "\n";
    bytes += fmt::format(fmt::runtime(is_json ? json : format), i % 3, i);
  }
  return bytes;
}

struct SumOfLines {
  std::int64_t lines = 0;
  std::int64_t places = 0;
  Decimal amount;
};

TEST(InvoiceFile, IsReadByManyThreadsAsByOne) {
  for (const bool is_json : {false, true}) {
    const std::string bytes = large_file(is_json);
    const InvoiceFile file{"lines", [&bytes]() -> Result<std::unique_ptr<ByteReader>> {
                             return std::unique_ptr<ByteReader>(std::make_unique<SlowReader>(bytes, 1 << 16));
                           }};
    const auto sum_by = [&file](std::size_t threads, std::vector<std::string> customers) {
      std::vector<SumOfLines> sums(threads);
      std::vector<InvoiceLineVisitor> visitors;
      for (SumOfLines& sum : sums) {
        visitors.emplace_back([&sum](const InvoiceLine& line) {
          ++sum.lines;
          sum.places += line.place;
          sum.amount += line.amount;
          return ok();
        });
      }
      const auto facts = read_invoice_file(file, InvoiceLineReading{visitors, customers});
      EXPECT_TRUE(facts && facts->lines == 30'000);
      SumOfLines all;
      for (const SumOfLines& sum : sums) {
        all.lines += sum.lines;
        all.places += sum.places;
        all.amount += sum.amount;
      }
      return fmt::format("{} {} {}", all.lines, all.places, all.amount.to_string());
    };
    EXPECT_THAT(sum_by(1, {}), HasSubstr("30000 "));
    EXPECT_EQ(sum_by(4, {}), sum_by(1, {}));
    EXPECT_THAT(sum_by(4, {"c1", "nobody"}), HasSubstr("10000 "));
    EXPECT_EQ(sum_by(4, {"c1", "c2"}), sum_by(1, {"c1", "c2"}));
  }
}

TEST(InvoiceFile, ManyThreadsFindTheFirstLineThatCannotBeRead) {
  std::string bytes = large_file(false);
  const std::size_t first = bytes.find("C1", bytes.size() / 2);
  bytes.replace(bytes.find(".25", first), 3, "?25");
  bytes.replace(bytes.rfind(".25"), 3, "?26");
  bytes += "half a li";
  const InvoiceFile file{"lines", [&bytes]() -> Result<std::unique_ptr<ByteReader>> {
                           return std::unique_ptr<ByteReader>(std::make_unique<SlowReader>(bytes, 1 << 16));
                         }};
  const std::vector<InvoiceLineVisitor> visitors(4, [](const InvoiceLine&) { return ok(); });
  for (int round = 0; round < 5; ++round) {
    const auto facts = read_invoice_file(file, InvoiceLineReading{visitors});
    ASSERT_FALSE(facts);
    EXPECT_THAT(facts.error().message(), HasSubstr("?25"));
  }
}

}  // namespace
}  // namespace apportion
