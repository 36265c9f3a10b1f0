#include "pipeline/invoices/bill_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pipeline/ingest/testing.h"

namespace apportion {
namespace {

using ingest_testing::SlowReader;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const std::string kColumns = "customer=Customer,month=Month,currency=Currency,cost=Cost";
const std::string kHeader = "Customer,Month,Currency,Cost\n";

BillColumns columns_of(const std::string& text) {
  auto columns = parse_bill_columns(text, "columns");
  EXPECT_TRUE(columns) << columns.error().message();
  return columns ? *columns : BillColumns();
}

std::string error_of(const std::string& text) {
  const auto columns = parse_bill_columns(text, "columns");
  return columns ? "none" : columns.error().message();
}

// `LINE|INVOICE|CUSTOMER|SUBSCRIPTION|PRODUCT|AMOUNT|CURRENCY`, or the error.
std::vector<std::string> read(const std::string& bytes, const std::string& columns, std::optional<Month> month = {}) {
  const InvoiceFile file{"bill.csv", [&]() -> Result<std::unique_ptr<ByteReader>> {
                           return std::unique_ptr<ByteReader>(std::make_unique<SlowReader>(bytes, 5));
                         }};
  std::vector<std::string> lines;
  const auto facts = read_bill({file, columns_of(columns), "bill", month}, [&](const InvoiceRecord& record) {
    const InvoiceLine& line = record.line;
    lines.push_back(fmt::format("{}|{}|{}|{}|{}|{}|{}", line.line, line.invoice, line.customer_id, line.subscription,
                                line.product, line.amount.to_string(), line.currency->code()));
    return ok();
  });
  if (!facts) return {facts.error().message()};
  return lines;
}

TEST(BillColumns, AreReadAsPairsAndAsYamlAndWrittenAsJson) {
  const BillColumns pairs = columns_of(
      "customer=Who, cost=Net amount,currency_is=EUR,month=M,subscription=S,service=V,decimals=2,rounding=down,"
      "decimal_mark=comma,thousands_mark=point");
  const BillColumns yaml = columns_of(
      "customer: Who\ncost: Net amount\ncurrency_is: EUR\nmonth: M\nsubscription: S\nservice: V\ndecimals: 2\n"
      "rounding: down\ndecimal_mark: comma\nthousands_mark: point\n");
  EXPECT_EQ(pairs, yaml);
  EXPECT_EQ(columns_of(to_text(pairs)), pairs);
  EXPECT_EQ(pairs.rounding_of_line().to_string(), "0.01");
  EXPECT_EQ(columns_of(kColumns + ",decimals=2").rounding_of_line().to_string(), "0.005");
}

TEST(BillColumns, RefuseWhatIsUnclear) {
  EXPECT_THAT(error_of("cost=C,currency=D"), HasSubstr("which column is `customer`"));
  EXPECT_THAT(error_of("customer=A,currency=D"), HasSubstr("which column is `cost`"));
  EXPECT_THAT(error_of("customer=A,cost=C"), HasSubstr("currency of the lines is not clear"));
  EXPECT_THAT(error_of("customer=A,cost=C,currency=D,currency_is=EUR"), HasSubstr("not clear"));
  EXPECT_THAT(error_of("customer=A,cost=C,currency_is=euro"), HasSubstr("`euro` is no currency"));
  EXPECT_THAT(error_of("custmer=A,cost=C,currency=D"),
              AllOf(HasSubstr("`custmer`"), HasSubstr("did you mean customer")));
  EXPECT_THAT(error_of("customer=A,customer=B,cost=C,currency=D"), HasSubstr("there twice"));
  EXPECT_THAT(error_of("customer=A,cost=C,currency=D,product=P,service=S"), HasSubstr("product and service"));
  EXPECT_THAT(error_of("customer=A,cost=C,currency=D,decimals=seven"), HasSubstr("no number from 0 to 6"));
  EXPECT_THAT(error_of("customer=A,cost=C,currency=D,decimal_mark=,"), HasSubstr("no value"));
  EXPECT_THAT(error_of("customer=A,cost=C,currency=D,decimal_mark=comma,thousands_mark=comma"), HasSubstr("the same"));
  EXPECT_THAT(error_of("[1, 2]"), HasSubstr("not a map"));
}

TEST(BillAmount, IsReadOnlyAsItWasDeclared) {
  const auto amount = [](const std::string& text, const std::string& more) {
    const auto read = parse_bill_amount(text, columns_of(kColumns + more));
    return read ? read->to_string() : std::string("no");
  };
  EXPECT_EQ(amount("-1234.50", ""), "-1234.5");
  EXPECT_EQ(amount("1.60599E-05", ""), "0.0000160599");
  EXPECT_EQ(amount("1,234.50", ""), "no");
  EXPECT_EQ(amount("1,5", ""), "no");
  EXPECT_EQ(amount("", ""), "no");
  const std::string german = ",decimal_mark=comma,thousands_mark=point";
  EXPECT_EQ(amount("-1.234.567,5", german), "-1234567.5");
  EXPECT_EQ(amount("1234,5", german), "1234.5");
  EXPECT_EQ(amount("1.5", german), "no");  // not where thousands end
  EXPECT_EQ(amount("1.234.5", german), "no");
  EXPECT_EQ(amount("1,234,5", german), "no");
  EXPECT_EQ(amount("1.5", ",decimal_mark=comma"), "no");
  EXPECT_EQ(amount("1 234.5", ",thousands_mark=space"), "1234.5");
  EXPECT_EQ(amount("12'345", ",thousands_mark=apostrophe"), "12345");
}

TEST(BillFile, IsReadByTheColumnsThatWereNamed) {
  EXPECT_THAT(read("\xEF\xBB\xBFOther,COST,month,Customer,Currency,Sub,Product\n"
                   "x,1.25,2026-10,\"Contoso, Ltd\",eur,S1,DZH-1\n"
                   "x,-2,202611,Fabrikam,USD,,\n"
                   "x,3,2026-10-31,Fabrikam,USD,,\n",
                   kColumns + ",subscription=Sub,product=Product"),
              ElementsAre("2|bill/2026-10|contoso, ltd|s1|dzh1|1.25|EUR", "3|bill/2026-11|fabrikam|||-2|USD",
                          "4|bill/2026-10|fabrikam|||3|USD"));
}

TEST(BillFile, NamesCustomersByTenantWhereItHasOne) {
  const std::string tenant = "8D1F0F6E-0000-4000-8000-000000000001";
  const std::string header = "Customer,Tenant,Month,Currency,Cost\n";
  const std::string columns = kColumns + ",customer_tenant=Tenant";
  EXPECT_THAT(
      read(header + "Contoso," + tenant + ",2026-10,EUR,1\nFabrikam,,2026-10,EUR,2\n", columns),
      ElementsAre("2|bill/2026-10|8d1f0f6e-0000-4000-8000-000000000001|||1|EUR", "3|bill/2026-10|fabrikam|||2|EUR"));
  EXPECT_THAT(read(header + "Contoso,contoso.com,2026-10,EUR,1\n", columns),
              ElementsAre(AllOf(HasSubstr("line 2, column Tenant"), HasSubstr("expected a GUID"))));
}

TEST(BillFile, MayBeOfOneMonthAndCurrency) {
  const std::string columns = "customer=Customer,cost=Cost,currency_is=GBP";
  EXPECT_THAT(read("Customer,Cost\nA,1\n", columns, Month::parse("2026-09")), ElementsAre("2|bill/2026-09|a|||1|GBP"));
  EXPECT_THAT(read("Customer,Cost\nA,1\n", columns), ElementsAre(HasSubstr("no column was named that says the month")));
}

TEST(BillFile, IsReadWholeOrNotAtAll) {
  const std::string bad = kHeader +
                          "A,2026-10,EUR,1\n"
                          "A,2026-10,EUR,\"1.234,50\"\n"
                          "A,October,EUR,1\n"
                          ",2026-10,EUR,1\n"
                          "A,2026-10,euros,1\n";
  EXPECT_THAT(read(bad, kColumns),
              ElementsAre(AllOf(HasSubstr("4 lines of the bill cannot be read"), HasSubstr("bill.csv"),
                                HasSubstr("line 3, column Cost: found `1.234,50`"), HasSubstr("must be declared"),
                                HasSubstr("line 4, column Month: found `October`"),
                                HasSubstr("line 5, column Customer: found nothing"),
                                HasSubstr("line 6, column Currency: found `euros`"))));
  EXPECT_THAT(read(kHeader + "A,2026-10,EUR,1\nA,2026-1", kColumns),
              ElementsAre(AllOf(HasSubstr("another number of columns"), HasSubstr("cut off"))));
}

TEST(BillFile, SaysWhatOfItIsMissing) {
  EXPECT_THAT(read("", kColumns), ElementsAre(HasSubstr("not even a header")));
  EXPECT_THAT(read(kHeader, kColumns), ElementsAre(HasSubstr("no line below it")));
  EXPECT_THAT(read("Customer,Month,Currency,Costs\nA,2026-10,EUR,1\n", kColumns),
              ElementsAre(AllOf(HasSubstr("`Cost` should be `cost`"), HasSubstr("did you mean Costs"))));
  EXPECT_THAT(read("Customer,Month,Currency,Cost,cost\nA,2026-10,EUR,1,1\n", kColumns),
              ElementsAre(HasSubstr("two columns are called Cost")));
}

}  // namespace
}  // namespace apportion
