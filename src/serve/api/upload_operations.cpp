#include <array>
#include <utility>

#include "serve/api/operations_internal.h"
#include "serve/api/resource.h"
#include "serve/api/upload_sink_internal.h"
#include "serve/format/upload_document.h"

namespace apportion {
namespace {

// The body has arrived already, unless something was wrong before its end.
Result<ApiAnswer> add_upload(ApiCall& call) {
  auto* const sink = dynamic_cast<UploadSink*>(call.request.sink.get());
  if (sink == nullptr) {
    return Error{ErrorId::kServiceBusy, "the service has too much to do", "uploads", "the file was not read",
                 "send it again"};
  }
  APPORTION_ASSIGN(auto incoming, sink->finish());
  APPORTION_ASSIGN(const Upload upload, call.service.uploads().keep(std::move(incoming), call.cancel));
  ApiAnswer answer;
  constexpr int kCreated = 201;
  answer.status = kCreated;
  answer.body = upload_json(upload);
  answer.headers.add("Location", "/api/v1/uploads/" + upload.id);
  return answer;
}

Result<ApiAnswer> get_upload(ApiCall& call) {
  APPORTION_ASSIGN(const StoredUploadPtr stored, call.service.uploads().find(call.who.actor, call.path("upload")));
  return document_answer(upload_json(stored->upload));
}

Result<ApiAnswer> remove_upload(ApiCall& call) {
  APPORTION_TRY(call.service.uploads().remove(call.who.actor, call.path("upload")));
  ApiAnswer answer;
  constexpr int kNoContent = 204;
  answer.status = kNoContent;
  return answer;
}

std::shared_ptr<HttpBodySink> receive_upload(ApiService& service, const Identity& who, const QueryValues& query) {
  const auto value_of = [&query](const char* parameter) {
    const auto found = query.find(parameter);
    return found == query.end() || found->second.empty() ? std::string() : found->second.front();
  };
  const bool is_bill = value_of("as") == "bill";
  return std::make_shared<UploadSink>(service.uploads().begin(who.actor, value_of("name"), is_bill));
}

// A file that is sent twice is there twice, until its day is over: nothing else comes of it.
constexpr auto kOperations = std::to_array<Operation>({
    {"addUpload", Right::kManageCustomers, Effect::kChanges, &add_upload, false, &receive_upload},
    {"getUpload", Right::kManageCustomers, Effect::kReads, &get_upload},
    {"removeUpload", Right::kManageCustomers, Effect::kChanges, &remove_upload},
});

}  // namespace

std::span<const Operation> upload_operations() { return kOperations; }

}  // namespace apportion
