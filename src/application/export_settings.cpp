#include "application/export_settings.h"

#include <array>
#include <utility>

#include <nlohmann/json.hpp>

#include "azure/connect/billing_api.h"
#include "foundation/base/next_step.h"
#include "foundation/base/text.h"

namespace apportion {
namespace {

// Wishes under the names that they are kept by.
struct TextWish {
  const char* name;
  std::optional<std::string> ExportWishes::*wish;
};

constexpr std::array kTextWishes = {TextWish{"storage", &ExportWishes::storage},
                                    TextWish{"storage-account", &ExportWishes::storage_account},
                                    TextWish{"container", &ExportWishes::container},
                                    TextWish{"root-folder", &ExportWishes::root_folder},
                                    TextWish{"prefix", &ExportWishes::prefix},
                                    TextWish{"format", &ExportWishes::format},
                                    TextWish{"identity-location", &ExportWishes::identity_location},
                                    TextWish{"blob-endpoint", &ExportWishes::blob_endpoint}};

struct FlagWish {
  const char* name;
  std::optional<bool> ExportWishes::*wish;
};

constexpr std::array kFlagWishes = {FlagWish{"focus", &ExportWishes::focus},
                                    FlagWish{"overwrite", &ExportWishes::overwrite},
                                    FlagWish{"with-commitments", &ExportWishes::with_commitments}};

}  // namespace

Result<ExportWishes> merged_wishes(const std::string& kept, const ExportWishes& given) {
  ExportWishes merged;
  if (!kept.empty()) {
    const auto json = nlohmann::json::parse(kept, nullptr, false);
    if (!json.is_object()) {
      return Error{ErrorId::kExportSettingsUnreadable, "the settings of the exports cannot be read",
                   "control-plane.sqlite", "another program changed it",
                   "give them again: " + step(Step::kPlanExports)};
    }
    for (const TextWish& text : kTextWishes) {
      if (json.contains(text.name)) merged.*text.wish = json[text.name].get<std::string>();
    }
    for (const FlagWish& flag : kFlagWishes) {
      if (json.contains(flag.name)) merged.*flag.wish = json[flag.name].get<bool>();
    }
    if (json.contains("profiles")) merged.profiles = json["profiles"].get<std::vector<std::string>>();
  }
  for (const TextWish& text : kTextWishes) {
    if (given.*text.wish) merged.*text.wish = given.*text.wish;
  }
  for (const FlagWish& flag : kFlagWishes) {
    if (given.*flag.wish) merged.*flag.wish = given.*flag.wish;
  }
  if (!given.profiles.empty()) merged.profiles = given.profiles;
  // One destination takes the place of the other.
  if (given.storage) merged.storage_account.reset();
  if (given.storage_account) merged.storage.reset();
  return merged;
}

std::string wishes_text(const ExportWishes& wishes) {
  nlohmann::ordered_json json = nlohmann::ordered_json::object();
  for (const TextWish& text : kTextWishes) {
    if (wishes.*text.wish) json[text.name] = *(wishes.*text.wish);
  }
  for (const FlagWish& flag : kFlagWishes) {
    if (wishes.*flag.wish) json[flag.name] = *(wishes.*flag.wish);
  }
  if (!wishes.profiles.empty()) json["profiles"] = wishes.profiles;
  return json.dump();
}

Result<std::vector<Scope>> profiles_for_exports(ArmClient& arm, const Scope& scope,
                                                const std::vector<std::string>& named) {
  if (scope.kind == ScopeKind::kBillingProfile) return std::vector{scope};
  if (scope.kind != ScopeKind::kBillingAccount) return std::vector<Scope>();
  std::vector<std::string> names = named;
  if (names.empty()) {
    APPORTION_ASSIGN(const auto profiles, BillingApi(arm).profiles(scope.billing_account));
    for (const BillingProfile& profile : profiles) names.push_back(profile.name);
  }
  std::vector<Scope> scopes;
  for (const std::string& name : names) {
    APPORTION_ASSIGN(Scope profile, make_scope({ScopeKind::kBillingProfile, scope.billing_account, name, "", ""}));
    scopes.push_back(std::move(profile));
  }
  return scopes;
}

Result<ExportSettings> export_settings(const ExportWishes& wishes, const Scope& scope, std::vector<Scope> profiles,
                                       std::string delivery_sas) {
  ExportSettings settings;
  settings.scope = scope;
  settings.datasets = default_datasets(!profiles.empty(), wishes.focus.value_or(false));
  settings.billing_profiles = std::move(profiles);
  settings.prefix = wishes.prefix.value_or(settings.prefix);
  if (wishes.format) {
    const auto format = parse_export_format(*wishes.format);
    if (!format) {
      return Error{ErrorId::kNoSuchFormat, "there is no such format", excerpt(*wishes.format),
                   "expected csv-gzip, csv, parquet-snappy or parquet", "choose one of these"};
    }
    settings.format = *format;
  }
  settings.overwrite = wishes.overwrite.value_or(false);
  settings.destination.resource_id = wishes.storage.value_or("");
  settings.destination.storage_account = wishes.storage_account.value_or("");
  if (wishes.storage_account) settings.destination.sas_token = std::move(delivery_sas);
  settings.destination.container = wishes.container.value_or("");
  settings.destination.root_folder = wishes.root_folder.value_or("");
  settings.identity_location = wishes.identity_location.value_or("");
  settings.blob_endpoint = wishes.blob_endpoint.value_or("");
  return settings;
}

}  // namespace apportion
