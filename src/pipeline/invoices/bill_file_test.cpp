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

BillColumns columns_of(const std::string& text, InvoiceFileKind kind = InvoiceFileKind::kBill) {
  auto columns = parse_bill_columns(text, "columns", kind);
  EXPECT_TRUE(columns) << columns.error().message();
  return columns ? *columns : BillColumns();
}

std::string error_of(const std::string& text, InvoiceFileKind kind = InvoiceFileKind::kBill) {
  const auto columns = parse_bill_columns(text, "columns", kind);
  return columns ? "none" : columns.error().message();
}

// `LINE|INVOICE|CUSTOMER|SUBSCRIPTION|PRODUCT|AMOUNT|CURRENCY`, or the error.
std::vector<std::string> read(const std::string& bytes, const std::string& columns, std::optional<Month> month = {},
                              InvoiceFileKind kind = InvoiceFileKind::kBill) {
  const InvoiceFile file{"bill.csv", [&]() -> Result<std::unique_ptr<ByteReader>> {
                           return std::unique_ptr<ByteReader>(std::make_unique<SlowReader>(bytes, 5));
                         }};
  std::vector<std::string> lines;
  const BillSource source{file, columns_of(columns, kind), "bill", month, kind};
  const auto facts = read_bill(source, [&](const InvoiceRecord& record) {
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

constexpr InvoiceFileKind kDistributor = InvoiceFileKind::kDistributorBill;
const std::string kOfDistributor = "subscription=Sub,customer_tenant=Tenant,month=Month,currency=Currency,cost=Cost";

TEST(BillColumns, OfDistributorsHaveTheirOwnKeys) {
  const BillColumns columns = columns_of(kOfDistributor + ",quantity=Q,percent_of_retail=82.5,separator=semicolon",
                                         kDistributor);
  EXPECT_EQ(columns.percent_of_retail->to_string(), "82.5");
  EXPECT_EQ(*parse_bill_columns(to_text(columns), "columns", kDistributor), columns);
  EXPECT_THAT(error_of("month=M,currency=C,cost=A", kDistributor), HasSubstr("subscription, tenant or customer"));
  EXPECT_THAT(error_of("subscription=S,month=M,currency=C", kDistributor), HasSubstr("which column is `cost`"));
  EXPECT_THAT(error_of(kOfDistributor + ",customer_domain=D", kDistributor), HasSubstr("there is no such key"));
  EXPECT_THAT(error_of(kColumns + ",quantity=Q"), HasSubstr("there is no such key"));
  EXPECT_THAT(error_of(kColumns + ",percent_of_retail=85"), HasSubstr("there is no such key"));
  for (const char* percent : {"0", "-85", "85%", "85,5 "}) {
    EXPECT_THAT(error_of("subscription: S\ncurrency: C\ncost: A\npercent_of_retail: '" + std::string(percent) + "'\n",
                         kDistributor),
                HasSubstr("is no number above 0"));
  }
  EXPECT_THAT(error_of(kColumns + ",separator=|"), HasSubstr("none of comma, semicolon, tab"));
}

TEST(BillFile, OfADistributorMayBillWhatIsInNoSubscription) {
  const std::string tenant = "8d1f0f6e-0000-4000-8000-000000000001";
  const std::string header = "Sub,Tenant,Month,Currency,Cost\n";
  EXPECT_THAT(read(header + "S1,,2026-10,EUR,1\n," + tenant + ",2026-10,EUR,2\n", kOfDistributor, {}, kDistributor),
              ElementsAre("2|bill/2026-10||s1||1|EUR", "3|bill/2026-10|" + tenant + "|||2|EUR"));
  EXPECT_THAT(read(header + "S1,,2026-10,EUR,1\n,,2026-10,EUR,1\n", kOfDistributor, {}, kDistributor),
              ElementsAre(AllOf(HasSubstr("line 3, column Sub: found nothing"), HasSubstr("a line of sums"))));
}

TEST(BillFile, QuantitiesAreReadAsAmountsAre) {
  const std::string text = "Sub,Month,Currency,Cost,Q\nS1,2026-10,EUR,1,2.5\nS1,2026-10,EUR,1,\n";
  const std::string columns = "subscription=Sub,month=Month,currency=Currency,cost=Cost,quantity=Q";
  EXPECT_EQ(read(text, columns, {}, kDistributor).size(), 2U);
  EXPECT_THAT(read(text + "S1,2026-10,EUR,1,many\n", columns, {}, kDistributor),
              ElementsAre(HasSubstr("line 4, column Q: found `many`")));
}

TEST(BillFile, MayHaveAnotherSeparatorThanTheComma) {
  const std::string columns = kColumns + ",decimal_mark=comma,separator=";
  EXPECT_THAT(read("\xEF\xBB\xBF" "Customer;Month;Currency;Cost\r\n\"Contoso; \"\"Ltd\"\", x\";2026-10;EUR;1,5\r\n"
                   "B;2026-10;EUR;-2,25",
                   columns + "semicolon"),
              ElementsAre("2|bill/2026-10|contoso; \"ltd\", x|||1.5|EUR", "3|bill/2026-10|b|||-2.25|EUR"));
  EXPECT_THAT(read("Customer\tMonth\tCurrency\tCost\nA, B\t2026-10\tEUR\t1,5\n", columns + "tab"),
              ElementsAre("2|bill/2026-10|a, b|||1.5|EUR"));
  EXPECT_THAT(read("Customer;Month;Currency;Cost\nA;2026-10;EUR;1,5\n", kColumns),
              ElementsAre(HasSubstr("`Customer` should be `customer`")));
}

TEST(BillFile, IsToldByTheColumnsThatWereNamed) {
  const auto has = [](const std::string& bytes, const std::string& more = "") {
    const InvoiceFile file{"bill.csv", [&]() -> Result<std::unique_ptr<ByteReader>> {
                             return std::unique_ptr<ByteReader>(std::make_unique<SlowReader>(bytes, 5));
                           }};
    const auto found = has_columns_of_bill(file, columns_of(kColumns + more));
    return found && *found;
  };
  EXPECT_TRUE(has("x,CUSTOMER,Month,Currency,Cost\n"));
  EXPECT_TRUE(has("Customer;Month;Currency;Cost", ",separator=semicolon"));
  EXPECT_FALSE(has("Customer,Month,Currency\n"));
  EXPECT_FALSE(has("{\"Customer\":1,\"Month\":1,\"Currency\":1,\"Cost\":1}\n"));
  EXPECT_FALSE(has(""));
}

TEST(BillFile, SaysWhatItsColumnsAreCalled) {
  const auto names = [](const std::string& bytes) {
    const InvoiceFile file{"bill.csv", [&]() -> Result<std::unique_ptr<ByteReader>> {
                             return std::unique_ptr<ByteReader>(std::make_unique<SlowReader>(bytes, 5));
                           }};
    const auto found = columns_of_bill(file);
    EXPECT_TRUE(found) << found.error().message();
    return found ? *found : std::vector<std::string>{};
  };
  EXPECT_THAT(names("\xef\xbb\xbf" "Kunde,\"Betrag, netto\", Monat \nA,1\n"),
              ElementsAre("Kunde", "Betrag, netto", "Monat"));
  EXPECT_THAT(names("Kunde,Betrag"), ElementsAre("Kunde", "Betrag"));
  EXPECT_THAT(names(""), IsEmpty());
}

}  // namespace
}  // namespace apportion
