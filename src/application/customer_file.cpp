#include "application/customer_file.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <map>
#include <memory>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "foundation/base/byte_reader.h"
#include "foundation/base/text.h"
#include "foundation/base/utf8.h"
#include "pipeline/ingest/csv_reader.h"
#include "store/record_names.h"
#include "store/tenant_periods.h"

namespace apportion {
namespace {

constexpr std::size_t kErrorsMax = 20;

enum Column { kId, kName, kExternalId, kTenantIds, kSees, kColumns };
constexpr std::array<std::string_view, kColumns> kColumnNames = {"id", "name", "external_id", "tenant_ids", "sees"};
constexpr std::string_view kHeader = "id,name,external_id,tenant_ids,sees";

class TextReader final : public ByteReader {
 public:
  explicit TextReader(std::string_view text) : rest_(text) {}

  Result<std::size_t> read(std::span<char> buffer) override {
    const std::size_t count = std::min(buffer.size(), rest_.size());
    std::memcpy(buffer.data(), rest_.data(), count);
    rest_.remove_prefix(count);
    return count;
  }

 private:
  std::string_view rest_;
};

/// The CSV reader is meant for exports; its advice does not fit a file that a person wrote.
template <class T>
Result<T> told_for_customers(Result<T> result) {
  if (result) return result;
  Error error = std::move(result).error();
  error.next = "close every quoted field, and double the quotes inside it";
  return error;
}

class CustomerFileReader {
 public:
  CustomerFileReader(std::string_view text, const std::string& file_name) : text_(text), file_name_(&file_name) {}

  CustomerFile read() && {
    if (auto read = read_records(); !read) file_.errors.push_back(std::move(read).error());
    return std::move(file_);
  }

 private:
  Result<void> read_records() {
    CsvBlockReader reader(*file_name_, std::make_unique<TextReader>(text_), text_.size() + 1);
    CsvBlock block;  // the whole file
    APPORTION_TRY(told_for_customers(reader.next(block)));
    APPORTION_ASSIGN(const std::vector<std::string> header, told_for_customers(take_csv_header(*file_name_, block)));
    APPORTION_TRY(find_columns(header));
    SourceBatch batch;
    APPORTION_TRY(told_for_customers(parse_csv_block(*file_name_, block, header.size(), 0, batch)));
    for (const BrokenRecord& broken : batch.broken) {
      add_error(broken.line, "the line has the wrong number of fields", broken.reason,
                "put names that contain commas in quotes: \"Contoso, Ltd\"");
    }
    for (std::size_t row = 0; row < batch.rows; ++row) add_customer(batch, row);
    if (file_.customers.empty() && file_.errors.empty()) {
      return Error{ErrorId::kCustomerFileEmpty, "the file contains no customers", *file_name_,
                   "it has a header but no lines below it", "write one line per customer"};
    }
    return ok();
  }

  Result<void> find_columns(const std::vector<std::string>& header) {
    for (std::size_t position = 0; position < header.size(); ++position) {
      const std::string name = ascii_lower(trim(header[position]));
      const auto found = std::find(kColumnNames.begin(), kColumnNames.end(), name);
      if (found == kColumnNames.end()) {
        return bad_header(fmt::format("column `{}` is not known", excerpt(name)));
      }
      auto& place = columns_[static_cast<std::size_t>(found - kColumnNames.begin())];
      if (place) return bad_header(fmt::format("column `{}` appears twice", name));
      place = position;
    }
    if (!columns_[kId]) return bad_header("there is no column `id`");
    if (!columns_[kName]) return bad_header("there is no column `name`");
    return ok();
  }

  Error bad_header(std::string why) const {
    return {ErrorId::kCustomerFileHeaderInvalid, "the header of the customer file is not as expected",
            fmt::format("{}, line 1", *file_name_), std::move(why),
            fmt::format("write `{}`, separated by commas; only the first two are needed", kHeader)};
  }

  std::string cell(const SourceBatch& batch, std::size_t row, Column column) const {
    const auto& position = columns_[column];
    return position ? std::string(trim(batch.columns[*position][row])) : std::string();
  }

  void add_customer(const SourceBatch& batch, std::size_t row) {
    const std::int64_t line = batch.lines[row];
    for (std::size_t column = 0; column < batch.columns.size(); ++column) {
      const std::string_view text = batch.columns[column][row];
      if (is_utf8(text)) continue;
      return add_error(line, "the line is not UTF-8", fmt::format("`{}`", excerpt(text)),
                       "save the file as UTF-8; a spreadsheet calls it `CSV UTF-8`");
    }
    Customer customer{CustomerId(cell(batch, row, kId)), cell(batch, row, kName), cell(batch, row, kExternalId), {}};
    if (customer.id.raw().empty()) {
      return add_error(line, "the customer has no id", "the field is empty", "give it an id, for example `contoso`");
    }
    if (const auto valid = check_customer_id(customer.id.raw()); !valid) {
      return add_error(line, valid.error().what, fmt::format("{}: {}", valid.error().where, valid.error().why),
                       valid.error().next);
    }
    if (const auto [first, is_new] = lines_of_ids_.emplace(customer.id.raw(), line); !is_new) {
      return add_error(line, "the customer appears twice",
                       fmt::format("`{}` is already in line {}", excerpt(customer.id.raw()), first->second),
                       "put its tenants in one line, separated by `;`");
    }
    const std::string tenants = cell(batch, row, kTenantIds);
    for (const std::string_view part : split_text(tenants, ';')) {
      const std::string tenant = ascii_lower(trim(part));
      if (tenant.empty()) continue;
      const std::size_t at = tenant.find('@');
      const auto from = at == std::string::npos ? std::nullopt : Day::parse(std::string_view(tenant).substr(at + 1));
      if (at != std::string::npos && !from) {
        return add_error(line, "a tenant has no valid day after its @", fmt::format("`{}`", excerpt(tenant)),
                         "write TENANT@YYYY-MM-DD: the first day on which the customer has it");
      }
      const auto [owner, is_new] = owners_.emplace(tenant, customer.id.raw());
      if (!is_new && owner->second != customer.id.raw()) {
        add_error(line, "a tenant would belong to two customers",
                  fmt::format("`{}` already belongs to `{}` (line {})", excerpt(tenant), excerpt(owner->second),
                              lines_of_ids_[owner->second]),
                  "remove it from one of the two");
      }
      if (from) {
        customer.dated_tenants.push_back({tenant.substr(0, at), *from});
      } else {
        customer.tenant_ids.push_back(tenant);
      }
    }
    const std::string sees = cell(batch, row, kSees);
    const auto view = parse_customer_view(sees);
    if (!sees.empty() && !view) {
      return add_error(line, "there is no such view of costs", fmt::format("`{}`", excerpt(sees)),
                       "write list, cost or both, or leave it empty: then it stays as it is");
    }
    file_.customers.push_back(std::move(customer));
    file_.sees.push_back(view);
    file_.lines.push_back(line);
  }

  void add_error(std::int64_t line, std::string what, std::string why, std::string next) {
    if (file_.errors.size() >= kErrorsMax) return;
    file_.errors.push_back({ErrorId::kCustomerFileWrong, std::move(what), fmt::format("{}, line {}", *file_name_, line),
                            std::move(why), std::move(next)});
  }

  std::string_view text_;
  const std::string* file_name_;
  std::array<std::optional<std::size_t>, kColumns> columns_;
  std::map<std::string, std::int64_t> lines_of_ids_;
  std::map<std::string, std::string> owners_;
  CustomerFile file_;
};

}  // namespace

Error CustomerFile::with_line(Error error, std::string_view file_name) const {
  if (!is_request_fault(error.kind())) return error;
  error.in_input = true;
  for (std::size_t i = 0; i < customers.size(); ++i) {
    const std::string id = fmt::format("`{}`", excerpt(customers[i].id.raw()));
    std::vector<std::string> tenants = customers[i].tenant_ids;
    for (const DatedTenant& tenant : customers[i].dated_tenants) {
      tenants.push_back(tenant.id);
      tenants.push_back(to_text(tenant));
    }
    if (error.where != id && std::find(tenants.begin(), tenants.end(), error.where) == tenants.end()) continue;
    error.where = fmt::format("{}, line {}: {}", file_name, lines[i], error.where);
    return error;
  }
  error.where = fmt::format("{}: {}", file_name, error.where);
  return error;
}

CustomerFile read_customer_file(std::string_view text, const std::string& file_name) {
  return CustomerFileReader(text, file_name).read();
}

}  // namespace apportion
