#include "query/imported_invoices.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "foundation/base/next_step.h"
#include "pipeline/invoices/kept_invoice_lines.h"
#include "store/live_import.h"

namespace apportion {
namespace {

bool is_in_scope(const Import& import, const ReadScope& scope) {
  if (!scope.month || import.month == *scope.month) return true;
  return import.first_day <= scope.month->last_day() && scope.month->first_day() <= import.last_day;
}

InvoiceLines lines_of_import(LakeReader& reader, const Import& import) {
  std::vector<LakeFile> files;
  for (const ImportFile& file : import.files) files.push_back(file.file);
  return {fmt::format("import {}", import.id.raw()),
          [&reader, files = std::move(files), kind = kind_of(import.dataset)](const InvoiceLineReading& reading) {
            return read_kept_invoice_lines(reader, files, kind, reading);
          },
          import.rows_rejected};
}

Error no_lines(const ReadScope& scope, const std::optional<std::string>& invoice, std::optional<InvoiceFileKind> kind) {
  return {ErrorId::kNoInvoiceLines, "there are no lines of an invoice to compare with",
          fmt::format("invoice {}, month {}", invoice.value_or("any"), scope.month ? scope.month->to_string() : "any"),
          kind ? fmt::format("no {} of it has been imported", invoice_file_kind_name(*kind))
               : "neither its reconciliation nor its daily usage has been imported",
          "import the file that Partner Center delivers: " + step(Step::kImportInvoiceLines)};
}

}  // namespace

Result<std::vector<Import>> imports_of_lines(const ControlPlane& control_plane, const ReadScope& scope) {
  APPORTION_TRY(require_partner(scope, "the lines of the partner's invoices"));
  APPORTION_ASSIGN(const auto connections, control_plane.connections());
  if (scope.connection) APPORTION_TRY(control_plane.connection_named(*scope.connection));
  std::vector<Import> imports;
  for (const Connection& connection : connections) {
    if (scope.connection && *scope.connection != connection.name) continue;
    APPORTION_ASSIGN(auto of_connection, control_plane.imports(connection.id));
    std::ranges::move(of_connection, std::back_inserter(imports));
  }
  return live_invoice_imports(imports);
}

Result<std::vector<Import>> imports_of_invoices(const ControlPlane& control_plane, const ReadScope& scope,
                                                const std::optional<std::string>& invoice) {
  APPORTION_ASSIGN(std::vector<Import> found, imports_of_lines(control_plane, scope));
  std::erase_if(found, [&](const Import& import) {
    const bool is_other = invoice && import.run_id != *invoice;
    return is_other || is_bill(kind_of(import.dataset)) || !is_in_scope(import, scope);
  });
  return found;
}

Result<std::vector<InvoiceLines>> lines_of_imports(LakeReader& reader, const ReadScope& scope,
                                                   std::span<const Import> imports) {
  APPORTION_TRY(require_partner(scope, "the lines of the partner's invoices"));
  std::vector<InvoiceLines> lines;
  for (const Import& import : imports) lines.push_back(lines_of_import(reader, import));
  return lines;
}

Result<ImportedLines> imported_invoice_lines(LakeReader& reader, const ReadScope& scope,
                                             const std::optional<std::string>& invoice,
                                             std::optional<InvoiceFileKind> kind) {
  APPORTION_ASSIGN(const auto imports, imports_of_invoices(reader.control_plane(), scope, invoice));
  const bool has_reconciliation = std::ranges::any_of(
      imports, [](const Import& import) { return kind_of(import.dataset) == InvoiceFileKind::kReconciliation; });
  const InvoiceFileKind chosen =
      kind.value_or(has_reconciliation ? InvoiceFileKind::kReconciliation : InvoiceFileKind::kDailyUsage);
  ImportedLines found;
  std::set<std::string> compared;
  std::set<std::string> others;
  for (const Import& import : imports) {
    if (kind_of(import.dataset) != chosen) {
      others.insert(import.run_id);
      continue;
    }
    compared.insert(import.run_id);
    found.lines.push_back(lines_of_import(reader, import));
  }
  if (found.lines.empty()) return no_lines(scope, invoice, kind);
  std::ranges::set_difference(others, compared, std::back_inserter(found.of_other_kind));
  return found;
}

}  // namespace apportion
