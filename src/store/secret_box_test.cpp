#include "store/secret_box.h"

#include <fstream>
#include <map>
#include <set>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "foundation/base/files.h"
#include "foundation/base/test_support.h"

namespace apportion {
namespace {

using ::testing::HasSubstr;
using Use = SecretBox::Use;

constexpr SecretName kName{"acme", "client-secret"};
const std::string kHexKey(64, 'a');

class SecretBoxTest : public ::testing::Test {
 protected:
  Result<SecretBox> box(Use use = Use::kSeal) {
    return SecretBox::with_key_of(
        home_.path(),
        [this](const char* name) {
          const auto found = variables_.find(name);
          return found == variables_.end() ? std::nullopt : std::optional(found->second);
        },
        use);
  }
  std::string file(const std::string& name, const std::string& content) {
    std::ofstream(home_ / name, std::ios::binary) << content;
    return (home_ / name).string();
  }

  TestFolder home_;
  std::map<std::string, std::string> variables_;
};

TEST_F(SecretBoxTest, OpensWhatItSealed) {
  const auto made = box();
  ASSERT_TRUE(made) << made.error().message();
  for (const std::string& secret :
       {std::string("s3cret"), std::string(), std::string("\0\n\xff", 3), std::string(9999, 'x')}) {
    const std::string sealed = made->seal(secret, kName);
    EXPECT_EQ(sealed.find('\n'), std::string::npos);
    if (!secret.empty()) {
      EXPECT_EQ(sealed.find(secret), std::string::npos);
    }
    const auto again = box(Use::kOpen);
    ASSERT_TRUE(again) << again.error().message();
    const auto opened = again->open(sealed, kName);
    ASSERT_TRUE(opened) << opened.error().message();
    EXPECT_EQ(*opened, secret);
  }
}

TEST_F(SecretBoxTest, TheSameSecretLooksDifferentEachTime) {
  const auto made = box();
  EXPECT_NE(made->seal("x", kName), made->seal("x", kName));
}

TEST_F(SecretBoxTest, ASecretOpensUnderItsNameOnly) {
  const auto made = box();
  const std::string sealed = made->seal("x", kName);
  for (const SecretName& name : {SecretName{"acme", "sas"}, SecretName{"other", "client-secret"},
                                 SecretName{"acm", "e:client-secret"}, SecretName{"", ""}}) {
    const auto refused = made->open(sealed, name);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().id, ErrorId::kSealedSecretDamaged);
  }
}

TEST_F(SecretBoxTest, AnyChangeIsNoticed) {
  const auto made = box();
  const std::string sealed = made->seal("secret", kName);
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    std::string changed = sealed;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(made->open(changed, kName)) << i;
    EXPECT_FALSE(made->open(sealed.substr(0, i), kName)) << i;
  }
  EXPECT_FALSE(made->open(sealed + "A", kName));
  EXPECT_FALSE(made->open(sealed + "\n", kName));
}

TEST_F(SecretBoxTest, AnotherKeyIsToldFromDamage) {
  const std::string sealed = box()->seal("x", kName);
  variables_["APPORTION_KEY"] = kHexKey;
  const auto refused = box()->open(sealed, kName);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().id, ErrorId::kSealedSecretOfAnotherKey);
  EXPECT_THAT(refused.error().message(), HasSubstr("that of APPORTION_KEY is"));
  EXPECT_THAT(refused.error().next, HasSubstr("APPORTION_KEY_FILE"));
}

TEST_F(SecretBoxTest, WhileAKeyIsRotatedBothOpenAndTheNewOneSeals) {
  const std::string before = box()->seal("x", kName);
  const std::string old_fingerprint = box()->fingerprint();
  const auto next = SecretBox::begin_rotation(home_.path());
  ASSERT_TRUE(next) << next.error().message();
  EXPECT_TRUE(next->is_rotating());
  EXPECT_NE(next->fingerprint(), old_fingerprint);
  EXPECT_EQ(next->earliest_fingerprint(), old_fingerprint);
  const std::string after = next->seal("y", kName);
  EXPECT_EQ(SecretBox::fingerprint_of(before), old_fingerprint);
  EXPECT_EQ(SecretBox::fingerprint_of(after), next->fingerprint());
  const auto others = box(Use::kOpen);  // of a process that opens the home meanwhile
  EXPECT_EQ(*others->open(before, kName), "x");
  EXPECT_EQ(*others->open(after, kName), "y");
  EXPECT_EQ(others->fingerprint(), next->fingerprint());

  ASSERT_TRUE(SecretBox::end_rotation(home_.path()));
  const auto rotated = box(Use::kOpen);
  EXPECT_FALSE(rotated->is_rotating());
  EXPECT_EQ(*rotated->open(after, kName), "y");
  EXPECT_EQ(rotated->open(before, kName).error().id, ErrorId::kSealedSecretOfAnotherKey);
}

TEST_F(SecretBoxTest, AnInterruptedRotationGoesOnWithItsKey) {
  ASSERT_TRUE(box());
  const std::string first = SecretBox::begin_rotation(home_.path())->fingerprint();
  EXPECT_EQ(SecretBox::begin_rotation(home_.path())->fingerprint(), first);
  ASSERT_TRUE(SecretBox::end_rotation(home_.path()));
  ASSERT_TRUE(SecretBox::end_rotation(home_.path()));
  EXPECT_EQ(box(Use::kOpen)->fingerprint(), first);
  EXPECT_EQ(std::filesystem::status(home_ / "key").permissions() & std::filesystem::perms::all,
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

TEST_F(SecretBoxTest, HalfAFileOfTwoKeysIsRefused) {
  for (const std::string& text : {"rotating\n" + kHexKey + "\n", "rotating\n" + kHexKey + "\n" + kHexKey.substr(1),
                                  "rotating\n" + std::string(130, 'x')}) {
    ::chmod(file("key", text).c_str(), 0600);
    const auto refused = box(Use::kOpen);
    ASSERT_FALSE(refused) << text;
    EXPECT_EQ(refused.error().id, ErrorId::kSecretsKeyInvalid);
  }
}

TEST_F(SecretBoxTest, AKeyOfAFileFollowsAnother) {
  const std::string before = box()->seal("x", kName);
  const std::string next_file = file("next", kHexKey);
  EXPECT_EQ(box()->followed_by_key_of(next_file).error().id, ErrorId::kSecretsKeyExposed);
  ::chmod(next_file.c_str(), 0600);
  const auto next = box()->followed_by_key_of(next_file);
  ASSERT_TRUE(next) << next.error().message();
  EXPECT_EQ(next->key_source(), next_file);
  EXPECT_FALSE(next->key_is_of_home());
  EXPECT_EQ(*next->open(before, kName), "x");
  const std::string after = next->seal("y", kName);
  variables_["APPORTION_KEY_FILE"] = next_file;
  EXPECT_EQ(*box(Use::kOpen)->open(after, kName), "y");
}

TEST_F(SecretBoxTest, DamagedTextHasNoFingerprint) {
  EXPECT_EQ(SecretBox::fingerprint_of("sealed-1.AAAA"), std::nullopt);
  EXPECT_EQ(SecretBox::fingerprint_of(""), std::nullopt);
}

TEST_F(SecretBoxTest, TheKeyComesFromTheFirstPlaceThatHasOne) {
  const std::string key_file = file("given", kHexKey + "\n");
  const std::string credential = file("apportion-key", std::string(64, 'b'));
  EXPECT_EQ(box()->key_source(), (home_ / "key").string());
  variables_["CREDENTIALS_DIRECTORY"] = home_.path().string();
  EXPECT_EQ(box()->key_source(), credential);
  variables_["APPORTION_KEY"] = std::string(64, 'c');
  EXPECT_EQ(box()->key_source(), "APPORTION_KEY");
  variables_["APPORTION_KEY_FILE"] = key_file;
  EXPECT_EQ(box()->key_source(), key_file);
  const std::string sealed = box()->seal("x", kName);
  variables_ = {{"APPORTION_KEY", kHexKey}};
  EXPECT_EQ(*box()->open(sealed, kName), "x");
  variables_ = {{"CREDENTIALS_DIRECTORY", "/no/such/folder"}, {"APPORTION_KEY", ""}, {"APPORTION_KEY_FILE", ""}};
  EXPECT_EQ(box()->key_source(), (home_ / "key").string());
}

TEST_F(SecretBoxTest, AKeyHasSeveralForms) {
  variables_["APPORTION_KEY"] = kHexKey;
  const std::string sealed = box()->seal("x", kName);
  for (const char* same :
       {"qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqo=", "qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqo",
        " AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n"}) {
    variables_["APPORTION_KEY"] = same;
    EXPECT_TRUE(box()->open(sealed, kName)) << same;
  }
  std::set<std::string> sealed_texts;
  for (const std::string& text : {std::string("a passphrase of more than 32 bytes"), std::string(65, 'a')}) {
    variables_["APPORTION_KEY"] = text;
    EXPECT_FALSE(box()->open(sealed, kName)) << text;
    EXPECT_TRUE(box()->open(box()->seal("y", kName), kName));
  }
}

TEST_F(SecretBoxTest, AKeyThatIsMissingOrTooShortIsSaid) {
  EXPECT_THAT(box(Use::kOpen).error().message(), HasSubstr("there is no key to unseal the secrets"));
  EXPECT_FALSE(std::filesystem::exists(home_ / "key"));
  variables_["APPORTION_KEY"] = std::string(31, 'x');
  EXPECT_THAT(box().error().why, HasSubstr("31 bytes"));
  EXPECT_EQ(box().error().message().find(std::string(31, 'x')), std::string::npos);
  variables_["APPORTION_KEY_FILE"] = (home_ / "missing").string();
  EXPECT_EQ(box().error().id, ErrorId::kFileMissing);
  variables_["APPORTION_KEY_FILE"] = file("empty", "");
  EXPECT_EQ(box().error().id, ErrorId::kSecretsKeyInvalid);
}

TEST_F(SecretBoxTest, TheKeyOfTheHomeIsItsOwnersAlone) {
  ASSERT_TRUE(box());
  struct stat status {};
  ASSERT_EQ(::stat((home_ / "key").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600U);
  ::chmod((home_ / "key").c_str(), 0640);
  const auto refused = box();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().id, ErrorId::kSecretsKeyExposed);
  EXPECT_THAT(refused.error().next, HasSubstr("chmod 600"));
}

TEST_F(SecretBoxTest, ManyMakersUseOneKey) {
  std::vector<std::string> sealed(8);
  std::vector<std::thread> threads;
  for (std::string& text : sealed) {
    threads.emplace_back([this, &text] {
      const auto made = box();
      if (made) text = made->seal("x", kName);
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const std::string& text : sealed) EXPECT_TRUE(box(Use::kOpen)->open(text, kName));
  std::size_t files = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(home_.path())) ++files;
  EXPECT_EQ(files, 1U);
}

}  // namespace
}  // namespace apportion
