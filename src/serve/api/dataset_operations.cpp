#include <array>
#include <functional>
#include <ostream>

#include <fmt/format.h>

#include "application/customers.h"
#include "application/focus_files.h"
#include "query/months_in_scope.h"
#include "query/named_relations.h"
#include "serve/api/operations_internal.h"
#include "serve/api/resource.h"
#include "serve/format/charge_file.h"
#include "serve/format/focus_file.h"
#include "serve/format/text_file.h"

namespace apportion {
namespace {

struct FileFormat {
  std::string_view name;
  const char* content_type;
};
constexpr auto kFormats = std::to_array<FileFormat>(
    {{"csv", "text/csv"}, {"csv.gz", "application/gzip"}, {"parquet", "application/vnd.apache.parquet"}});

const FileFormat& format_of(const ApiCall& call) {
  const std::string wanted = call.query_value("format").value_or("csv");
  for (const FileFormat& format : kFormats) {
    if (format.name == wanted) return format;
  }
  return kFormats.front();
}

CsvText text_mode_of(const ApiCall& call) { return call.query_flag("exact") ? CsvText::kExact : CsvText::kDefused; }

std::string file_name_of(std::string_view dataset, const std::optional<std::string>& customer, const ReadScope& scope,
                         const FileFormat& format) {
  std::string months = months_in_words(scope);
  for (char& c : months) c = c == ' ' ? '-' : c;
  return fmt::format("{}{}{}-{}.{}", dataset, customer ? "-" : "", customer.value_or(""), months, format.name);
}

// A customer gets its own file: the partner's program makes it, in the customer's scope.
Result<std::optional<std::string>> customer_of_download(const ApiCall& call) {
  auto wanted = call.query_value("customer");
  if (!call.caller.customers) return wanted;
  const std::string own = call.caller.customers->begin()->raw();
  if (wanted && *wanted != own) {
    return Error{ErrorId::kNoSuchResource, "there is no such resource", "query `customer`", "",
                 "leave it out: the file is your own"};
  }
  return std::optional(own);
}

Result<ApiAnswer> answer_with_focus(
    ApiCall& call,
    const std::function<Result<ApiAnswer>(const Workspace&, FocusFile&, const Json& metadata, const std::string& name)>&
        make) {
  APPORTION_ASSIGN(const ReadScope wanted, scope_of_query(call));
  APPORTION_ASSIGN(const auto customer, customer_of_download(call));
  const Caller maker = Caller::partner(call.who.actor);
  APPORTION_ASSIGN(const WorkspaceLease workspace, call.service.workspaces().lend(maker, call.cancel));
  APPORTION_ASSIGN(Reading reading, Reading::open_alone(*workspace));
  ReadScope months = maker.scope(wanted.connection, wanted.month);
  months.first_month = wanted.first_month;
  months.last_month = wanted.last_month;
  APPORTION_ASSIGN(FocusFile file, open_focus_file(maker, *workspace, reading.lake(),
                                                   {months, customer, call.query_value("issuer").value_or(""),
                                                    call.query_flag("allow_unknown")}));
  FocusAbout about{
      fmt::format("Apportion {}", call.service.options().version), file.coverage.states, file.coverage.data_as_of, {}};
  if (!customer) about.notes = file.coverage.holes;
  const Json metadata = told_document(focus_metadata(file.dataset, about), call.service.options().home.folder);
  return make(*workspace, file, metadata, file_name_of("focus", customer, wanted, format_of(call)));
}

Result<ApiAnswer> download_focus(ApiCall& call) {
  return answer_with_focus(
      call, [&call](const Workspace& workspace, FocusFile& file, const Json& metadata, const std::string& name) {
        const FileFormat& format = format_of(call);
        const auto write = [&](const std::filesystem::path& path) -> Result<void> {
          APPORTION_TRY(audit_download(call, name));
          if (format.name == "parquet") return write_focus_parquet(file.dataset, metadata, call.cancel, path);
          return write_text_file(path, format.name, [&](std::ostream& out) {
            return write_focus_csv(file.dataset, text_mode_of(call), call.cancel, out);
          });
        };
        return file_answer(workspace, name, format.content_type, write);
      });
}

// What stands beside the file: schema, view, months, sums, unknown costs.
Result<ApiAnswer> describe_focus(ApiCall& call) {
  return answer_with_focus(
      call, [](const Workspace& /*workspace*/, FocusFile& /*file*/, const Json& metadata, const std::string& /*name*/) {
        return Result<ApiAnswer>(document_answer(metadata));
      });
}

Result<ApiAnswer> download_charges(ApiCall& call) {
  APPORTION_ASSIGN(const ReadScope scope, scope_of_query(call));
  const auto wanted = call.query_value("customer");
  APPORTION_ASSIGN(const WorkspaceLease workspace, call.open());
  APPORTION_TRY(check_months_in_scope(workspace->control_plane, scope));
  ChargeFileOptions options;
  if (wanted) {
    APPORTION_ASSIGN(options.customer, known_customer(call.caller, *workspace, *wanted));
  }
  const FileFormat& format = format_of(call);
  options.format = format.name;
  options.text_mode = text_mode_of(call);
  APPORTION_ASSIGN(Reading reading, Reading::open_alone(*workspace));
  APPORTION_ASSIGN(NamedRelations relations, open_named_relations(reading.lake(), scope, workspace->clock.today()));
  const std::string name = file_name_of("charges", wanted, scope, format);
  APPORTION_TRY(audit_download(call, name));
  return file_answer(*workspace, name, format.content_type, [&](const auto& path) -> Result<void> {
    APPORTION_TRY(write_charge_file(relations, options, call.cancel, path));
    return ok();
  });
}

constexpr auto kOperations = std::to_array<Operation>({
    {"downloadFocus", Right::kReadOwnCosts, Effect::kReads, &download_focus},
    {"describeFocus", Right::kReadOwnCosts, Effect::kReads, &describe_focus},
    {"downloadCharges", Right::kReadPartnerCosts, Effect::kReads, &download_charges},
});

}  // namespace

std::span<const Operation> dataset_operations() { return kOperations; }

}  // namespace apportion
