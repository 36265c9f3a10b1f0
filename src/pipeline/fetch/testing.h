/// What the tests of this folder share: a folder that goes away, and the text of a manifest with chosen values.
#pragma once

#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "foundation/base/date.h"
#include "foundation/base/text.h"

namespace apportion::fetch_testing {

inline const Day kToday = *Day::parse("2026-11-22");

class TestFolder {
 public:
  TestFolder() : path_(std::filesystem::temp_directory_path() / ("apportion-fetch-" + random_guid())) {
    std::filesystem::create_directories(path_);
  }
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;
  ~TestFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  const std::filesystem::path& path() const { return path_; }

  void write(const std::string& name, const std::string& content) const {
    std::filesystem::create_directories((path_ / name).parent_path());
    std::ofstream file(path_ / name, std::ios::binary);
    file << content;
    ASSERT_TRUE(file.good()) << name;
  }

 private:
  std::filesystem::path path_;
};

struct TestPart {
  std::string name;
  std::int64_t bytes = 0;
  std::int64_t rows = 0;
};

inline const std::string kRunId = "4c1d9e0a-77aa-4f0e-9d4e-0a5b7c9d1e2f";
inline const std::string kRunFolder = "exports/acme-actual/20261001-20261031/202611051203/" + kRunId;

inline nlohmann::json manifest_json(const std::vector<TestPart>& parts) {
  std::int64_t bytes = 0;
  std::int64_t rows = 0;
  nlohmann::json blobs = nlohmann::json::array();
  for (const TestPart& part : parts) {
    bytes += part.bytes;
    rows += part.rows;
    blobs.push_back({{"blobName", part.name}, {"byteCount", part.bytes}, {"dataRowCount", part.rows}});
  }
  return {
      {"manifestVersion", "2024-04-01"},
      {"byteCount", bytes},
      {"blobCount", parts.size()},
      {"dataRowCount", rows},
      {"exportConfig",
       {{"exportName", "acme-actual"},
        {"resourceId",
         "/providers/Microsoft.Billing/billingAccounts/7654321/providers/Microsoft.CostManagement/exports/acme-actual"},
        {"dataVersion", "2021-10-01"},
        {"apiVersion", "2025-03-01"},
        {"type", "ActualCost"},
        {"timeFrame", "TheLastMonth"},
        {"granularity", "Daily"}}},
      {"deliveryConfig",
       {{"partitionData", true},
        {"dataOverwriteBehavior", "CreateNewReport"},
        {"fileFormat", "Csv"},
        {"compressionMode", "None"},
        {"containerUri",
         "/subscriptions/ 00000000-0000-4000-8000-0000000000bb/resourceGroups/rg-bills/providers/"
         "Microsoft.Storage/storageAccounts/acmebills"},
        {"rootFolderPath", "exports"}}},
      {"runInfo",
       {{"executionType", "Scheduled"},
        {"submittedTime", "2026-11-05T12:03:09.1234567Z"},
        {"runId", kRunId},
        {"startDate", "2026-10-01T00:00:00"},
        {"endDate", "2026-10-31T00:00:00Z"}}},
      {"blobs", blobs},
  };
}

}  // namespace apportion::fetch_testing
