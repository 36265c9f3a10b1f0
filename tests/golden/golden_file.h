/// Golden files: cases as plain text, `==== name`, input, `----`, what is expected. UPDATE_GOLDEN=1 rewrites them.
#pragma once

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "foundation/base/check.h"
#include "foundation/base/files.h"
#include "foundation/base/text.h"

namespace apportion::golden {

struct Case {
  std::string name;
  std::string input;  ///< All lines between the name and `----`, as written.
  std::string expected;
};

struct CaseFile {
  std::string head;  ///< Comments before the first case.
  std::vector<Case> cases;
};

inline CaseFile read_cases(const std::filesystem::path& path) {
  const auto text = read_file(path);
  APPORTION_CHECK(text.has_value(), "a golden file cannot be read");
  CaseFile file;
  bool is_expected = false;
  for (const std::string_view line : split_text(trim(*text), '\n')) {
    if (line.starts_with("==== ")) {
      file.cases.push_back({std::string(line.substr(5)), "", ""});
      is_expected = false;
    } else if (line == "----") {
      is_expected = true;
    } else {
      std::string& part = file.cases.empty() ? file.head
                          : is_expected      ? file.cases.back().expected
                                             : file.cases.back().input;
      part += std::string(line) + "\n";
    }
  }
  for (Case& one : file.cases) {
    one.expected = std::string(trim(one.expected));
    if (!one.expected.empty()) one.expected += "\n";
  }
  return file;
}

inline void write_cases(const std::filesystem::path& path, const CaseFile& file) {
  std::string text = file.head;
  for (const Case& one : file.cases) {
    text +=
        fmt::format("==== {}\n{}----\n{}{}", one.name, one.input, one.expected, &one == &file.cases.back() ? "" : "\n");
  }
  APPORTION_CHECK(write_file_atomically(path, text).has_value(), "a golden file cannot be written");
}

/// Runs every case of a file and compares, or rewrites the file.
inline void run_golden_file(const std::filesystem::path& path, const std::function<std::string(const Case&)>& run) {
  CaseFile file = read_cases(path);
  EXPECT_FALSE(file.cases.empty());
  const bool updates = std::getenv("UPDATE_GOLDEN") != nullptr;
  for (Case& one : file.cases) {
    SCOPED_TRACE(one.name);
    const std::string found = run(one);
    if (!updates) {
      EXPECT_EQ(found, one.expected);
    }
    one.expected = found;
  }
  if (updates) write_cases(path, file);
}

/// The `.test` files of a folder, by name.
inline std::vector<std::filesystem::path> golden_files(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() == ".test") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

/// Name of the test of a golden file: letters and digits of its stem.
inline std::string golden_test_name(const testing::TestParamInfo<std::filesystem::path>& file) {
  std::string name = file.param.stem().string();
  std::replace_if(
      name.begin(), name.end(), [](char c) { return c == '-'; }, '_');
  return name;
}

}  // namespace apportion::golden
