#include "application/secrets_key.h"

#include <fstream>
#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "application/audit.h"
#include "application/writable_home_test_support.h"
#include "store/secret_box.h"

namespace apportion {
namespace {

using ::testing::HasSubstr;

constexpr const char* kOwner = "alert:hook";

class SecretsKeyTest : public WritableHomeTest {
 protected:
  Environment environment() {
    return [this](const char* name) {
      const auto found = variables_.find(name);
      return found == variables_.end() ? std::nullopt : std::optional(found->second);
    };
  }

  void put(const std::string& name, const std::string& text) {
    const auto sealed = seal(environment(), *workspace_, kOwner, name, text);
    ASSERT_TRUE(sealed) << sealed.error().message();
    ASSERT_TRUE(catalog().put_owned_secret(*sealed));
  }

  std::string get(const std::string& name) {
    const auto secrets = open_secrets(environment(), *workspace_, *catalog().owned_secrets(kOwner));
    return secrets ? secrets->get(name) : secrets.error().message();
  }

  AzureCatalog catalog() { return AzureCatalog::of(workspace_->control_plane); }
  Result<RotatedKey> rotate(const std::optional<std::filesystem::path>& file = {}) {
    return rotate_key(partner_, *writable_, environment(), file);
  }
  Result<SecretsKey> look() { return secrets_key(partner_, *workspace_, environment()); }

  std::string key_file(const std::string& name, char digit) {
    const auto path = folder_ / name;
    std::ofstream(path) << std::string(64, digit);
    ::chmod(path.c_str(), 0600);
    return path.string();
  }
  std::filesystem::path key_of_home() { return folder_ / "home/key"; }

  Caller partner_ = Caller::partner("os:billing");
  std::map<std::string, std::string> variables_;
};

TEST_F(SecretsKeyTest, AHomeWithoutSecretsNeedsNoKey) {
  const auto key = look();
  ASSERT_FALSE(key);
  EXPECT_EQ(key.error().id, ErrorId::kSecretsKeyMissing);
  EXPECT_THAT(key.error().next, HasSubstr("nothing to do"));
  EXPECT_EQ(rotate().error().id, ErrorId::kSecretsKeyMissing);
}

TEST_F(SecretsKeyTest, TheKeyOfTheHomeIsReplaced) {
  put("url", "https://one");
  put("secret", "two");
  const auto before = look();
  const auto rotated = rotate();
  ASSERT_TRUE(rotated) << rotated.error().message();
  EXPECT_EQ(rotated->secrets, 2);
  EXPECT_EQ(rotated->old_fingerprint, before->fingerprint);
  EXPECT_TRUE(rotated->old_is_gone);
  EXPECT_FALSE(rotated->was_finished);
  const auto after = look();
  EXPECT_EQ(after->fingerprint, rotated->fingerprint);
  EXPECT_NE(after->fingerprint, before->fingerprint);
  EXPECT_EQ(after->opened, 2);
  EXPECT_FALSE(after->is_rotating);
  EXPECT_EQ(get("url"), "https://one");
  EXPECT_EQ(get("secret"), "two");
  const auto entries = audit_entries(partner_, *workspace_, 1);
  ASSERT_TRUE(entries);
  EXPECT_EQ(entries->back().what, "key.rotate");
  EXPECT_THAT(entries->back().detail, HasSubstr("2 secrets"));
}

TEST_F(SecretsKeyTest, AnInterruptedRotationIsFinished) {
  put("url", "https://one");
  const std::string next = SecretBox::begin_rotation(folder_ / "home")->fingerprint();
  put("secret", "two");  // sealed with the new key
  EXPECT_TRUE(look()->is_rotating);
  EXPECT_EQ(look()->opened, 2);
  const auto rotated = rotate();
  ASSERT_TRUE(rotated) << rotated.error().message();
  EXPECT_TRUE(rotated->was_finished);
  EXPECT_EQ(rotated->fingerprint, next);
  EXPECT_EQ(look()->opened, 2);
  EXPECT_FALSE(look()->is_rotating);
}

TEST_F(SecretsKeyTest, AKeyMovesOutOfTheHome) {
  put("url", "https://one");
  const std::string file = key_file("outside", 'a');
  const auto rotated = rotate(file);
  ASSERT_TRUE(rotated) << rotated.error().message();
  EXPECT_EQ(rotated->source, file);
  EXPECT_TRUE(rotated->old_is_gone);
  EXPECT_FALSE(std::filesystem::exists(key_of_home()));
  EXPECT_THAT(get("url"), HasSubstr("no key to unseal"));
  variables_["APPORTION_KEY_FILE"] = file;
  EXPECT_EQ(get("url"), "https://one");
}

TEST_F(SecretsKeyTest, AKeyElsewhereIsFollowedByThatOfAFile) {
  variables_["APPORTION_KEY_FILE"] = key_file("first", 'a');
  put("url", "https://one");
  EXPECT_EQ(rotate().error().id, ErrorId::kSecretsKeyInvalid);
  EXPECT_EQ(rotate(folder_ / "first").error().id, ErrorId::kSecretsKeyInvalid);
  const auto rotated = rotate(key_file("second", 'b'));
  ASSERT_TRUE(rotated) << rotated.error().message();
  EXPECT_FALSE(rotated->old_is_gone);
  EXPECT_EQ(look()->opened, 0);
  variables_["APPORTION_KEY_FILE"] = (folder_ / "second").string();
  EXPECT_EQ(get("url"), "https://one");
}

TEST_F(SecretsKeyTest, ASecretThatDoesNotOpenStopsTheRotationBeforeItBegins) {
  put("url", "https://one");
  ASSERT_TRUE(catalog().put_owned_secret({kOwner, "secret", "sealed-1.damaged"}));
  EXPECT_EQ(rotate().error().id, ErrorId::kSealedSecretDamaged);
  EXPECT_FALSE(look()->is_rotating);
  EXPECT_EQ(look()->opened, 1);
}

TEST_F(SecretsKeyTest, OnlyThePartnersOwnPeopleMay) {
  const Caller customer{"api:contoso", Audience::kListView, {{CustomerId("contoso")}}};
  EXPECT_EQ(rotate_key(customer, *writable_, environment(), {}).error().id, ErrorId::kPartnerOnly);
  EXPECT_EQ(secrets_key(customer, *workspace_, environment()).error().id, ErrorId::kPartnerOnly);
}

}  // namespace
}  // namespace apportion
