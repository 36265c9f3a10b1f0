#include "serve/format/upload_document.h"

#include <utility>

#include <nlohmann/json.hpp>

#include "foundation/model/dataset.h"

namespace apportion {
namespace {

nlohmann::ordered_json fault_json(const Error& fault) {
  nlohmann::ordered_json json{{"what", fault.what}};
  const auto add = [&json](const char* key, const std::string& text) {
    if (!text.empty()) json[key] = text;
  };
  add("where", fault.where);
  add("why", fault.why);
  add("next", fault.next);
  return json;
}

}  // namespace

nlohmann::ordered_json upload_json(const Upload& upload) {
  const UploadContent& content = upload.content;
  nlohmann::ordered_json json{{"id", upload.id},
                              {"name", upload.name},
                              {"bytes", upload.bytes},
                              {"ends_at", utc_time_text(upload.ends_at)},
                              {"content", upload_kind_name(content.kind)}};
  if (content.kind == UploadKind::kExport || content.kind == UploadKind::kInvoiceLines) {
    if (content.kind == UploadKind::kExport) json["layout"] = content.layout;
    auto datasets = nlohmann::ordered_json::array();
    for (const Dataset dataset : content.datasets) datasets.push_back(dataset_name(dataset));
    json["datasets"] = std::move(datasets);
    auto months = nlohmann::ordered_json::array();
    for (const Month month : content.months) months.push_back(month.to_string());
    json["months"] = std::move(months);
    json["rows"] = content.rows;
    if (content.kind == UploadKind::kInvoiceLines) {
      json["invoices"] = content.invoices;
      json["rejected"] = content.rejected;
    }
  } else if (content.kind == UploadKind::kBill) {
    json["columns"] = content.columns;
  } else if (content.kind != UploadKind::kUnknown) {
    json["rows"] = content.rows;
    auto faults = nlohmann::ordered_json::array();
    for (const Error& fault : content.faults) faults.push_back(fault_json(fault));
    json["faults"] = std::move(faults);
  }
  return json;
}

}  // namespace apportion
