#include "application/customer_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace apportion {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

TEST(CustomerFile, ReadsColumnsByNameInAnyOrderAndCase) {
  const CustomerFile file = read_customer_file(
      "\xef\xbb\xbfName,ID,Tenant_IDs\r\n\"Contoso, \"\"Ltd\"\"\",contoso,\" AAAA-1 ; bbbb-2;\"\r\n\r\nÜber,uber,\r\n",
      "c.csv");
  ASSERT_THAT(file.errors, IsEmpty());
  ASSERT_THAT(file.customers, SizeIs(2));
  EXPECT_EQ(file.customers[0].id.raw(), "contoso");
  EXPECT_EQ(file.customers[0].name, "Contoso, \"Ltd\"");
  EXPECT_THAT(file.customers[0].tenant_ids, ElementsAre("aaaa-1", "bbbb-2"));
  EXPECT_EQ(file.customers[1].name, "Über");
  EXPECT_THAT(file.customers[1].tenant_ids, IsEmpty());
  EXPECT_THAT(file.lines, ElementsAre(2, 4));
}

TEST(CustomerFile, ReadsTenantsFromADayOn) {
  const CustomerFile file = read_customer_file(
      "id,name,tenant_ids\na,A,T1;t2@2026-05-11\nb,B,t1@2026-06-01\nc,C,t1@2026-06-01\nd,D,t1@May\n", "c.csv");
  ASSERT_THAT(file.customers, SizeIs(3));
  EXPECT_THAT(file.customers[0].tenant_ids, ElementsAre("t1"));
  EXPECT_THAT(file.customers[0].dated_tenants, ElementsAre(DatedTenant{"t2", *Day::parse("2026-05-11")}));
  ASSERT_THAT(file.errors, SizeIs(2));
  EXPECT_EQ(file.errors[0].where, "c.csv, line 4");
  EXPECT_EQ(file.errors[0].what, "a tenant would belong to two customers");
  EXPECT_EQ(file.errors[1].where, "c.csv, line 5");
  EXPECT_THAT(file.errors[1].message(), HasSubstr("t1@may"));
}

TEST(CustomerFile, NamesTheLineOfEachError) {
  const CustomerFile file = read_customer_file("id,name,tenant_ids\na,A,t1\n,B,\na,C,\nd,D,T1\ne,E\n=f,F,\n", "c.csv");
  std::vector<std::string> places;
  for (const Error& error : file.errors) places.push_back(error.where);
  EXPECT_THAT(places, testing::UnorderedElementsAre("c.csv, line 3", "c.csv, line 4", "c.csv, line 5", "c.csv, line 6",
                                                    "c.csv, line 7"));
  for (const Error& error : file.errors) EXPECT_EQ(error.id, ErrorId::kCustomerFileWrong);
}

TEST(CustomerFile, RefusesTextThatIsNoUtf8) {
  const CustomerFile file = read_customer_file("id,name\na,Ana\nb,Le\xf3n\n", "c.csv");
  ASSERT_THAT(file.errors, SizeIs(1));
  EXPECT_EQ(file.errors.front().where, "c.csv, line 3");
  EXPECT_THAT(file.errors.front().message(), HasSubstr("UTF-8"));
}

TEST(CustomerFile, RefusesAHeaderThatItDoesNotKnow) {
  for (const char* text :
       {"", "id;name;tenant_ids\n", "name,external_id\nA,1\n", "id,name,id\na,A,b\n", "id,name,colour\na,A,red\n"}) {
    const CustomerFile file = read_customer_file(text, "c.csv");
    ASSERT_THAT(file.errors, SizeIs(1)) << text;
    EXPECT_THAT(file.errors.front().next, HasSubstr("id,name,external_id,tenant_ids")) << text;
  }
  EXPECT_THAT(read_customer_file("id,name\n", "c.csv").errors, SizeIs(1));
  EXPECT_THAT(read_customer_file("id,name\na,\"open\n", "c.csv").errors, SizeIs(1));
}

TEST(CustomerFile, GivesErrorsOfTheStoreTheirLine) {
  const CustomerFile file = read_customer_file("id,name,tenant_ids\na,A,t1\nb.b,B,t2\n", "c.csv");
  const Error by_id = file.with_line({ErrorId::kNoSuchConnection, "no", "`b.b`", "", ""}, "c.csv");
  EXPECT_EQ(by_id.id, ErrorId::kNoSuchConnection);
  EXPECT_EQ(by_id.where, "c.csv, line 3: `b.b`");
  EXPECT_EQ(file.with_line({ErrorId::kNoSuchConnection, "no", "t1", "", ""}, "c.csv").where, "c.csv, line 2: t1");
  EXPECT_EQ(file.with_line({ErrorId::kDiskFull, "no", "t1", "", ""}, "c.csv").where, "t1");
}

TEST(CustomerFile, MaySayWhatACustomerSees) {
  const CustomerFile file = read_customer_file("id,name,sees\na,A,Cost\nb,B,\nc,C,all\n", "c.csv");
  EXPECT_THAT(file.sees, ElementsAre(CustomerView::kCost, std::nullopt));
  ASSERT_THAT(file.errors, SizeIs(1));
  EXPECT_EQ(file.errors[0].where, "c.csv, line 4");
  EXPECT_THAT(read_customer_file("id,name\na,A\n", "c.csv").sees, ElementsAre(std::nullopt));
}

}  // namespace
}  // namespace apportion
