#include <fmt/format.h>

#include "application/brand.h"
#include "foundation/base/files.h"
#include "serve/cli/commands_internal.h"
#include "serve/format/brand_document.h"

namespace apportion {
namespace {

struct BrandOptions {
  BrandChange change;
  std::optional<std::filesystem::path> logo;
  bool no_logo = false;
};

Result<ExitCode> show(Session& session, const Brand& brand) {
  if (session.json()) {
    session.console().print_json(brand_json(brand));
    return kExitDone;
  }
  Table table;
  table.columns = {{"Brand"}, {"Value"}};
  table.rows = {{"name", brand.name},
                {"color", brand.color},
                {"dark-color", brand.dark_color},
                {"support-text", brand.support_text},
                {"support-link", brand.support_link},
                {"address", brand.address},
                {"logo", brand.logo_type}};
  APPORTION_TRY(session.console().print_table(table));
  return kExitDone;
}

Result<ExitCode> run_show(Session& session, const BrandOptions& /*options*/) {
  APPORTION_ASSIGN(const Workspace workspace, session.open());
  APPORTION_ASSIGN(const Brand brand, read_brand(workspace));
  return show(session, brand);
}

Result<ExitCode> run_set(Session& session, const BrandOptions& options) {
  BrandChange change = options.change;
  if (options.no_logo) change.logo = "";
  if (options.logo) {
    APPORTION_ASSIGN(change.logo, read_file(*options.logo, kLogoBytesMax));
  }
  APPORTION_ASSIGN(const Workspace workspace, session.open());
  APPORTION_ASSIGN(const Brand brand, change_brand(session.caller(), workspace, change, {session.caller().actor}));
  return show(session, brand);
}

}  // namespace

void add_brand_command(Command group, Action& action) {
  Command brand = add_group(group, "brand", "How you appear to customers, on the page and in mails");
  auto options = std::make_shared<BrandOptions>();
  Command shown =
      add_command(brand, "show", "Print name, colors, support and address", "  apportion config brand show");
  on_chosen(shown, action, options, run_show);

  Command set = add_command(brand, "set", "Change some of it; an empty text takes one away",
                            "  apportion config brand set --name 'Acme Cloud' --address https://bill.example.com\n"
                            "  apportion config brand set --color '#1a5fb4' --dark-color '#99c1f1' --logo logo.png");
  set.add_option("--name", options->change.name, "Your name, as customers know it").type_name("NAME");
  set.add_option("--address", options->change.address, "Where people reach the page: https://bill.example.com")
      .type_name("URL");
  set.add_option("--color", options->change.color,
                 "Of text and buttons on light pages: contrast with white at least 4.5")
      .type_name("#RRGGBB");
  set.add_option("--dark-color", options->change.dark_color,
                 "Of text and buttons on dark pages: contrast with black at least 4.5")
      .type_name("#RRGGBB");
  set.add_option("--support-text", options->change.support_text, "Who helps customers, and when").type_name("TEXT");
  set.add_option("--support-link", options->change.support_link, "An https URL, or mailto:ADDRESS").type_name("URL");
  set.add_option("--logo", options->logo, "PNG, JPEG or WebP of at most 256 KiB and 1024 pixels a side")
      .type_name("FILE");
  set.add_flag("--no-logo", options->no_logo, "Take the logo away");
  on_chosen(set, action, options, run_set);
}

}  // namespace apportion
