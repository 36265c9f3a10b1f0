#include "application/brand.h"

#include <string>
#include <string_view>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "application/mail_sender.h"
#include "application/saved_views.h"
#include "application/writable_home_test_support.h"

namespace apportion {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

using namespace std::string_view_literals;

const Caller kPartner = Caller::partner("os:billing");
const Doer kDoer{"os:billing"};
// The first bytes of a PNG of 3 × 2 pixels.
constexpr auto kPng = "\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0\x03\0\0\0\x02"sv;

class BrandTest : public WritableHomeTest {
 protected:
  Error refused(const BrandChange& change) {
    const auto changed = change_brand(kPartner, *workspace_, change, kDoer);
    EXPECT_FALSE(changed);
    return changed ? Error{ErrorId::kNoHome, "", "", "", ""} : changed.error();
  }
};

TEST_F(BrandTest, WhatIsSaidIsKeptAndTheRestStays) {
  BrandChange change;
  change.name = "Acme Cloud";
  change.color = "#1a5fb4";
  change.address = "https://bill.example.com/";
  change.logo = std::string(kPng);
  ASSERT_TRUE(change_brand(kPartner, *workspace_, change, kDoer));
  BrandChange more;
  more.support_link = "mailto:help@example.com";
  const auto brand = change_brand(kPartner, *workspace_, more, kDoer);
  ASSERT_TRUE(brand) << brand.error().message();
  EXPECT_EQ(brand->name, "Acme Cloud");
  EXPECT_EQ(brand->address, "https://bill.example.com");
  EXPECT_EQ(brand->logo_type, "image/png");
  EXPECT_EQ((*read_brand_logo(*workspace_))->content, kPng);
  EXPECT_EQ(plane().audit_log(1)->front().detail, "support link");
  more.logo = "";
  EXPECT_EQ(change_brand(kPartner, *workspace_, more, kDoer)->logo_type, "");
  EXPECT_FALSE(*read_brand_logo(*workspace_));
}

TEST_F(BrandTest, OnlyThePartnerChangesIt) {
  const auto changed = change_brand(Caller{"user:c"}, *workspace_, {.name = "x"}, kDoer);
  EXPECT_EQ(changed.error().id, ErrorId::kPartnerOnly);
}

TEST_F(BrandTest, AColourThatCannotBeReadIsRefusedWithItsContrast) {
  EXPECT_EQ(contrast_hundredths("#000000", true), 2100);
  EXPECT_EQ(contrast_hundredths("#ffffff", true), 100);
  EXPECT_EQ(contrast_hundredths("#ffffff", false), 2100);
  EXPECT_EQ(contrast_hundredths("#767676", true), 454);
  EXPECT_EQ(contrast_hundredths("#777777", true), 447);
  EXPECT_FALSE(contrast_hundredths("#12345g", true));
  EXPECT_FALSE(contrast_hundredths("#-1-1-1", true));
  EXPECT_THAT(refused({.color = "#777777"}).message(), HasSubstr("4.47"));
  EXPECT_THAT(refused({.dark_color = "#202020"}).message(), HasSubstr("with black"));
  EXPECT_EQ(refused({.color = "red"}).id, ErrorId::kBrandInvalid);
}

TEST_F(BrandTest, LinksAndTextsThatWouldHarmAreRefused) {
  for (const char* link :
       {"javascript:alert(1)", "http://example.com", "mailto:nobody", "https://a b", "https://x@y/"}) {
    EXPECT_EQ(refused({.support_link = link}).id, ErrorId::kBrandInvalid) << link;
  }
  for (const char* address :
       {"ftp://x", "https://x/?a=b", "https://x/#y", "http://bill.example.com", "https://x/costs"}) {
    EXPECT_EQ(refused({.address = address}).id, ErrorId::kBrandInvalid) << address;
  }
  EXPECT_EQ(refused({.name = "two\r\nlines"}).id, ErrorId::kBrandInvalid);
  EXPECT_EQ(refused({.name = std::string(101, 'x')}).id, ErrorId::kBrandInvalid);
}

TEST_F(BrandTest, ALogoIsAPictureBySignatureAndSmall) {
  EXPECT_EQ(refused({.logo = "<svg xmlns='http://www.w3.org/2000/svg'/>"}).id, ErrorId::kBrandInvalid);
  EXPECT_EQ(refused({.logo = std::string(kPng) + std::string(kLogoBytesMax, 'x')}).id, ErrorId::kBrandInvalid);
  std::string wide(kPng);
  wide[18] = '\x04';
  wide[19] = '\x01';
  EXPECT_THAT(refused({.logo = wide}).message(), HasSubstr("1025 × 2"));
}

TEST(PictureFacts, AreReadFromTheFirstBytes) {
  const auto facts = [](std::string_view bytes) {
    const auto found = picture_facts(bytes);
    return found ? found->content_type + " " + std::to_string(found->width) + " " + std::to_string(found->height) : "";
  };
  EXPECT_EQ(facts(kPng), "image/png 3 2");
  EXPECT_EQ(facts("\xFF\xD8\xFF\xE0\0\x04xx\xFF\xC0\0\x11\x08\0\x02\0\x03"sv), "image/jpeg 3 2");
  EXPECT_EQ(facts("\xFF\xD8\xFF\xE0\0\x04xx"sv), "");
  EXPECT_EQ(facts("\xFF\xD8\xFF\xE0\0\0\0\0\0\0\0\0\0\0"sv), "");
  EXPECT_EQ(facts("RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0\x02\0\0\x01\0\0"sv), "image/webp 3 2");
  EXPECT_EQ(facts("RIFF\0\0\0\0WEBPVP8 \0\0\0\0\0\0\0\x9d\x01\x2a\x03\0\x02\0"sv), "image/webp 3 2");
  EXPECT_EQ(facts("RIFF\0\0\0\0WEBPVP8L\0\0\0\0\x2f\x02\x40\0\0\0\0\0\0\0"sv), "image/webp 3 2");
  for (std::size_t cut = 0; cut < kPng.size(); ++cut) EXPECT_EQ(facts(kPng.substr(0, cut)), "");
}

TEST(MailText, NamesInHeadersAreEncodedAndFilesGoAlong) {
  EXPECT_EQ(mail_header_text("plain: 2026-10"), "plain: 2026-10");
  EXPECT_EQ(mail_header_text("a\r\nBcc: x"), "a  Bcc: x");
  EXPECT_EQ(mail_header_text("Müller"), "=?utf-8?B?TcO8bGxlcg==?=");
  const std::string folded = mail_header_text(std::string(50, 'x') + "ü" + std::string(50, 'y'));
  EXPECT_THAT(folded, AllOf(HasSubstr("?=\r\n =?utf-8?B?"), Not(HasSubstr("\n\n"))));
  const MailSettings settings{"smtp://127.0.0.1:1", "", "", "a@example.com", {"b@example.com", "c@example.com"}};
  const Mail mail{settings.to, "Kosten ü", "body", MailAttachment{"x.csv.gz", "application/gzip", "rows"}};
  const std::string text = mail_text(settings, mail, UtcTime());
  EXPECT_THAT(text, AllOf(HasSubstr("To: b@example.com, c@example.com\r\n"), HasSubstr("filename=\"x.csv.gz\""),
                          HasSubstr("cm93cw=="), HasSubstr("Ym9keQo=")));
}

TEST_F(BrandTest, AViewIsChangedByItsOwnerOnly) {
  Identity anna;
  anna.actor = "user:anna";
  Identity bo;
  bo.actor = "user:bo";
  auto annas = *SavedViews::open(*workspace_, anna, {});
  auto bos = *SavedViews::open(*workspace_, bo, {});
  const auto added = annas.add({"by service", true, R"({"by": ["ServiceName"]})", 1});
  ASSERT_TRUE(added) << added.error().message();
  const std::string id = added->view.id;
  EXPECT_FALSE(bos.view(id)->is_own);
  EXPECT_EQ(bos.remove(id).error().id, ErrorId::kNotAllowed);
  ASSERT_TRUE(annas.change(id, {"by service", false, "{}", 1}));
  EXPECT_EQ(bos.view(id).error().id, ErrorId::kNoSuchView);
  EXPECT_EQ(annas.add({"  ", false, "{}", 1}).error().id, ErrorId::kViewInvalid);
  ASSERT_TRUE(annas.remove(id));
  EXPECT_TRUE(annas.list()->empty());
}

}  // namespace
}  // namespace apportion
