#include "lake/delta_log.h"

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "foundation/base/files.h"
#include "foundation/base/test_support.h"

namespace apportion {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kNow = "2026-11-22T11:00:00Z";

DeltaState state_with(DeltaFiles files) {
  return {"an-id",
          delta_schema("x_RowId BIGINT, BilledCost DECIMAL(38,18), Day DATE, Name VARCHAR", {"x_BillMonth"}),
          {"x_BillMonth"},
          std::move(files)};
}

DeltaFile file_of(std::int64_t rows, const std::string& month = "2026-10") {
  return {10 * rows, rows, {{"x_BillMonth", month}}};
}

DeltaState read(const fs::path& folder) {
  auto state = read_delta_log(folder);
  EXPECT_TRUE(state && *state);
  return state && *state ? **state : DeltaState{};
}

TEST(DeltaLog, TheFirstCommitIsAsTheProtocolSays) {
  EXPECT_EQ(delta_commit({}, state_with({{"a.parquet", file_of(3)}}), kNow),
            R"({"commitInfo":{"timestamp":1795345200000,"operation":"WRITE",)"
            R"("operationParameters":{},"engineInfo":"apportion"}})"
            "\n"
            R"({"protocol":{"minReaderVersion":1,"minWriterVersion":2}})"
            "\n"
            R"({"metaData":{"id":"an-id","format":{"provider":"parquet","options":{}},)"
            R"("schemaString":"{\"type\":\"struct\",\"fields\":[)"
            R"({\"name\":\"x_RowId\",\"type\":\"long\",\"nullable\":true,\"metadata\":{}},)"
            R"({\"name\":\"BilledCost\",\"type\":\"decimal(38,18)\",\"nullable\":true,\"metadata\":{}},)"
            R"({\"name\":\"Day\",\"type\":\"date\",\"nullable\":true,\"metadata\":{}},)"
            R"({\"name\":\"Name\",\"type\":\"string\",\"nullable\":true,\"metadata\":{}},)"
            R"({\"name\":\"x_BillMonth\",\"type\":\"string\",\"nullable\":true,\"metadata\":{}}]}",)"
            R"("partitionColumns":["x_BillMonth"],"configuration":{},"createdTime":1795345200000}})"
            "\n"
            R"({"add":{"path":"a.parquet","partitionValues":{"x_BillMonth":"2026-10"},"size":30,)"
            R"("modificationTime":1795345200000,)"
            R"("dataChange":true,"stats":"{\"numRecords\":3}"}})"
            "\n");
}

TEST(DeltaLog, ACommitSaysWhatChangedAndNothingElse) {
  DeltaState before = state_with({{"a.parquet", file_of(3)}, {"b.parquet", file_of(4)}});
  before.version = 0;
  const DeltaState after = state_with({{"b.parquet", file_of(4)}, {"c.parquet", file_of(5)}});
  EXPECT_EQ(delta_commit(before, before, kNow), "");
  EXPECT_EQ(delta_commit(before, after, kNow),
            R"({"commitInfo":{"timestamp":1795345200000,"operation":"WRITE",)"
            R"("operationParameters":{},"engineInfo":"apportion"}})"
            "\n"
            R"({"remove":{"path":"a.parquet","deletionTimestamp":1795345200000,"dataChange":true}})"
            "\n"
            R"({"add":{"path":"c.parquet","partitionValues":{"x_BillMonth":"2026-10"},"size":50,)"
            R"("modificationTime":1795345200000,)"
            R"("dataChange":true,"stats":"{\"numRecords\":5}"}})"
            "\n");
}

TEST(DeltaLog, WhatWasCommittedIsRead) {
  const TestFolder folder;
  const DeltaState first = state_with({{"a.parquet", file_of(3)}});
  ASSERT_TRUE(write_delta_commit(folder / "t", 0, delta_commit({}, first, kNow)));
  DeltaState then = read(folder / "t");
  EXPECT_EQ(then.files, first.files);
  EXPECT_EQ(then.schema, first.schema);
  EXPECT_EQ(then.table_id, "an-id");
  const DeltaState second = state_with({{"a.parquet", file_of(3, "2026-11")}});
  ASSERT_TRUE(write_delta_commit(folder / "t", 1, delta_commit(then, second, kNow)));
  then = read(folder / "t");
  EXPECT_EQ(then.files, second.files);
  EXPECT_EQ(then.version, 1);
}

TEST(DeltaLog, ACommitNeverReplacesAnother) {
  const TestFolder folder;
  const std::string lines = delta_commit({}, state_with({}), kNow);
  ASSERT_TRUE(write_delta_commit(folder / "t", 0, lines));
  EXPECT_FALSE(write_delta_commit(folder / "t", 0, "other"));
  EXPECT_EQ(*read_file(folder / "t/_delta_log/00000000000000000000.json"), lines);
}

TEST(DeltaLog, ALogThatCannotBeContinuedIsNone) {
  const std::string whole = delta_commit({}, state_with({{"a.parquet", file_of(3)}}), kNow);
  const auto is_read = [](const std::map<std::string, std::string>& files) {
    const TestFolder folder;
    fs::create_directories(folder / "t/_delta_log");
    for (const auto& [name, content] : files) std::ofstream(folder / "t/_delta_log" / name) << content;
    const auto state = read_delta_log(folder / "t");
    EXPECT_TRUE(state);
    return state && state->has_value();
  };
  const std::string first = "00000000000000000000.json";
  EXPECT_TRUE(is_read({{first, whole}}));
  EXPECT_FALSE(is_read({}));
  EXPECT_FALSE(is_read({{"00000000000000000001.json", whole}}));
  EXPECT_FALSE(is_read({{first, whole}, {"00000000000000000002.json", ""}}));
  EXPECT_FALSE(is_read({{first, whole.substr(0, whole.size() / 2)}}));
  EXPECT_FALSE(is_read({{first, R"({"protocol":{"minReaderVersion":3,"minWriterVersion":7}})"}}));
  EXPECT_FALSE(is_read({{first, whole}, {"_last_checkpoint", "{}"}}));
}

}  // namespace
}  // namespace apportion
