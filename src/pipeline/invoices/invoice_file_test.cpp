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

}  // namespace
}  // namespace apportion
