#include "serve/format/report_file.h"

#include <ostream>
#include <utility>

#include <fmt/format.h>

#include "application/focus_files.h"
#include "application/reading.h"
#include "serve/format/focus_file.h"
#include "serve/format/text_file.h"

namespace apportion {
namespace {

const char* content_type_of(const std::string& format) {
  if (format == "csv") return "text/csv";
  return format == "parquet" ? "application/vnd.apache.parquet" : "application/gzip";
}

Result<WrittenReport> write_focus(const Workspace& workspace, const ReportFileRequest& request,
                                  const std::string& generator, const std::filesystem::path& folder) {
  APPORTION_ASSIGN(Reading reading, Reading::open_alone(workspace));
  APPORTION_ASSIGN(FocusFile file, open_focus_file(request.caller, workspace, reading.lake(),
                                                   {request.caller.scope({}, request.month), request.customer.raw(),
                                                    request.issuer, request.allow_unknown}));
  WrittenReport written{fmt::format("focus-costs.{}", request.format), {}, content_type_of(request.format)};
  written.rows = file.dataset.rows();
  written.metadata = written.name + ".focus.json";
  const nlohmann::ordered_json metadata =
      focus_metadata(file.dataset, {generator, file.coverage.states, file.coverage.data_as_of, {}});
  const std::filesystem::path path = folder / written.name;
  if (request.format == "parquet") {
    APPORTION_TRY(write_focus_parquet(file.dataset, metadata, workspace.cancel, path));
  } else {
    APPORTION_TRY(write_text_file(path, request.format, [&](std::ostream& out) {
      return write_focus_csv(file.dataset, CsvText::kDefused, workspace.cancel, out);
    }));
  }
  APPORTION_TRY(write_text_file(folder / *written.metadata, "json", [&](std::ostream& out) {
    out << metadata.dump(2) << '\n';
    return ok();
  }));
  return written;
}

}  // namespace

ReportFileWriter report_file_writer(std::string generator) {
  return [generator = std::move(generator)](const Workspace& workspace, const ReportFileRequest& request,
                                            const std::filesystem::path& folder) {
    return write_focus(workspace, request, generator, folder);
  };
}

}  // namespace apportion
