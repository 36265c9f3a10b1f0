#include "serve/cli/export_options.h"

#include <array>

#include "serve/cli/secret_file.h"

namespace apportion {
namespace {

struct TextOption {
  const char* name;
  std::optional<std::string> ExportWishes::*wish;
  const char* type;
  const char* about;
};

constexpr std::array kTextOptions = {
    TextOption{"--storage", &ExportWishes::storage, "ARM-ID",
               "Storage account that the exports write to, in your tenant"},
    TextOption{"--storage-account", &ExportWishes::storage_account, "NAME",
               "Or the name of a storage account of another tenant, with --delivery-sas-file"},
    TextOption{"--container", &ExportWishes::container, "NAME", "Container; created if it does not exist"},
    TextOption{"--root-folder", &ExportWishes::root_folder, "PATH", "Folder in the container"},
    TextOption{"--prefix", &ExportWishes::prefix, "NAME", "Exports are named NAME-actual, … (default: apportion)"},
    TextOption{"--format", &ExportWishes::format, "FORMAT",
               "csv-gzip, csv, parquet-snappy, parquet (default: csv-gzip)"},
    TextOption{"--identity-location", &ExportWishes::identity_location, "REGION",
               "Region of a storage account behind a firewall: the exports get an identity"},
    TextOption{"--blob-endpoint", &ExportWishes::blob_endpoint, "URL",
               "Address of the storage account, if not the usual one"},
};

struct FlagOption {
  std::optional<bool> ExportWishes::*wish;
  const char* yes;
  const char* yes_about;
  const char* no;
  const char* no_about;
};

constexpr std::array kFlagOptions = {
    FlagOption{&ExportWishes::focus, "--focus", "Also a FOCUS export", "--no-focus", "No FOCUS export"},
    FlagOption{&ExportWishes::overwrite, "--overwrite", "Each run of a month replaces the previous one",
               "--no-overwrite", "Keep all runs of a month (default)"},
    FlagOption{&ExportWishes::with_commitments, "--commitments",
               "Price sheet and reservations at each billing profile (default)", "--no-commitments", "Costs only"},
};

}  // namespace

void ExportOptions::add_options(Command command) {
  for (const TextOption& text : kTextOptions) {
    command
        .add_option(
            text.name, [this, wish = text.wish](const std::string& given) { this->*wish = given; }, text.about)
        .type_name(text.type);
  }
  for (const FlagOption& flag : kFlagOptions) {
    command.add_flag(
        flag.yes, [this, wish = flag.wish] { this->*wish = true; }, flag.yes_about);
    command.add_flag(
        flag.no, [this, wish = flag.wish] { this->*wish = false; }, flag.no_about);
  }
  command.add_option("--profile", profiles, "Billing profile with price sheet and reservations (default: all)")
      .type_name("ID");
  command
      .add_option(
          "--delivery-sas-file", [this](const std::string& file) { delivery_sas_file = file; },
          "File with the SAS that Azure writes with (permissions racwdl)")
      .type_name("FILE");
}

Result<ExportWishes> ExportOptions::read(Session& session) const {
  ExportWishes wishes = static_cast<const ExportWishes&>(*this);
  if (delivery_sas_file) {
    APPORTION_ASSIGN(wishes.delivery_sas, read_secret(session, *delivery_sas_file, "the SAS that Azure writes with"));
  }
  return wishes;
}

}  // namespace apportion
