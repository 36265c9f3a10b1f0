// The part of the control plane that knows documents and their versions.
#include <fmt/format.h>

#include "foundation/base/next_step.h"
#include "store/control_plane_internal.h"

namespace apportion {
namespace {

// Only kinds that this program knows are ever asked for.
Document read_document(RowReader& row) {
  Document document;
  document.kind = parse_document_kind(row.text()).value_or(DocumentKind::kRules);
  document.version = DocumentVersion(row.integer());
  document.text = row.text();
  document.applied_at = row.text();
  document.applied_by = row.text();
  return document;
}

}  // namespace

Result<void> mark_months_to_split(SqliteDatabase& sqlite) {
  return sqlite.run("UPDATE bill_month SET needs_split = 1 WHERE split_id IS NOT NULL");
}

Result<Document> ControlPlane::add_document(DocumentKind kind, const std::string& text) {
  auto& sqlite = database_->sqlite;
  const std::string_view name = document_kind_name(kind);
  Document added{kind, DocumentVersion(1), text, database_->clock.now(), database_->actor};
  APPORTION_ASSIGN(auto transaction, SqliteTransaction::begin_write(sqlite));
  APPORTION_ASSIGN(const auto newest, sqlite.query_integer("SELECT max(version) FROM document WHERE kind = ?", {name}));
  added.version = DocumentVersion(newest.value_or(0) + 1);
  APPORTION_TRY(sqlite.run("INSERT INTO document (kind, version, text, applied_at, applied_by) VALUES (?, ?, ?, ?, ?)",
                           {name, added.version.raw(), added.text, added.applied_at, added.applied_by}));
  APPORTION_TRY(mark_months_to_split(sqlite));
  APPORTION_TRY(database_->note("document.apply", fmt::format("{} version {}", name, added.version.raw())));
  APPORTION_TRY(transaction.commit());
  return added;
}

Result<std::optional<Document>> ControlPlane::current_document(DocumentKind kind) const {
  return read_first(database_->sqlite,
                    "SELECT kind, version, text, applied_at, applied_by FROM document WHERE kind = ?"
                    " ORDER BY version DESC LIMIT 1",
                    {document_kind_name(kind)}, read_document);
}

Result<std::vector<Document>> ControlPlane::document_history(DocumentKind kind) const {
  return read_all(
      database_->sqlite,
      "SELECT kind, version, text, applied_at, applied_by FROM document WHERE kind = ? ORDER BY version DESC",
      {document_kind_name(kind)}, read_document);
}

Result<Document> ControlPlane::document(DocumentKind kind, DocumentVersion version) const {
  APPORTION_ASSIGN(
      auto found,
      read_first(database_->sqlite,
                 "SELECT kind, version, text, applied_at, applied_by FROM document WHERE kind = ? AND version = ?",
                 {document_kind_name(kind), version.raw()}, read_document));
  if (found) return std::move(*found);
  return Error{
      ErrorId::kNoSuchVersion, "there is no such version", fmt::format("version {}", version.raw()),
      "no version has this number",
      "see the versions: " + step(kind == DocumentKind::kRules ? Step::kListRuleVersions : Step::kListPolicyVersions)};
}

}  // namespace apportion
