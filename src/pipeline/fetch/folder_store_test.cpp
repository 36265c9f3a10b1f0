#include "pipeline/fetch/folder_store.h"

#include <array>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/stat.h>

#include "pipeline/fetch/file_kind.h"
#include "pipeline/fetch/testing.h"

namespace apportion {
namespace {

using fetch_testing::TestFolder;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<std::string> names_in(FolderStore& store) {
  std::vector<std::string> names;
  const auto blobs = store.list();
  EXPECT_TRUE(blobs) << blobs.error().message();
  for (const Blob& blob : *blobs) names.push_back(blob.name);
  return names;
}

TEST(FolderOfLocation, TakesPathsAndFileUrls) {
  const std::array<std::pair<const char*, const char*>, 6> cases = {{
      {"/data/exports", "/data/exports"},
      {"exports/100%", "exports/100%"},
      {"file:///data/my%20exports/%C3%A4", "/data/my exports/ä"},
      {"FILE://localhost/data", "/data"},
      {"file:///data/a%25b", "/data/a%b"},
      {"odd/name://x", "odd/name://x"},
  }};
  for (const auto& [location, folder] : cases) EXPECT_EQ(folder_of_location(location)->string(), folder) << location;
}

TEST(FolderOfLocation, RefusesWhatIsNoFolder) {
  const std::array<std::pair<const char*, const char*>, 7> cases = {{
      {"", "empty"},
      {"https://acme.blob.core.windows.net/bills/acme", "https"},
      {"file://server/share", "three slashes"},
      {"file:///a%2", "percent-encoding"},
      {"file:///a%zz", "percent-encoding"},
      {"file:///a%00b", "percent-encoding"},
      {"file://", "three slashes"},
  }};
  for (const auto& [location, why] : cases) {
    const auto folder = folder_of_location(location);
    ASSERT_FALSE(folder) << location;
    EXPECT_EQ(folder.error().id, ErrorId::kExportsFolderMissing);
    EXPECT_THAT(folder.error().message(), HasSubstr(why));
  }
}

TEST(FolderStore, ListsRegularFilesByName) {
  const TestFolder folder;
  folder.write("b/part.csv", "12345");
  folder.write("a/b/c/manifest.json", "{}");
  folder.write("empty.csv", "");
  std::filesystem::create_directories(folder.path() / "no files");
  ASSERT_EQ(::mkfifo((folder.path() / "pipe.csv").c_str(), 0600), 0);
  const auto store = FolderStore::at("file://" + folder.path().string());
  ASSERT_TRUE(store) << store.error().message();
  EXPECT_THAT(names_in(**store), ElementsAre("a/b/c/manifest.json", "b/part.csv", "empty.csv"));
  EXPECT_EQ((*(*store)->list())[1].bytes, 5);
}

TEST(FolderStore, VersionChangesWithContent) {
  const TestFolder folder;
  folder.write("part.csv", "12345");
  const auto store = FolderStore::at(folder.path().string());
  const std::string before = (*store)->list()->front().version;
  EXPECT_EQ((*store)->list()->front().version, before);
  folder.write("part.csv", "123456");
  EXPECT_NE((*store)->list()->front().version, before);
}

TEST(FolderStore, NeverLeavesTheFolder) {
  const TestFolder outside;
  outside.write("secret.csv", "secret");
  const TestFolder folder;
  folder.write("real.csv", "real");
  std::filesystem::create_symlink(outside.path() / "secret.csv", folder.path() / "out.csv");
  std::filesystem::create_symlink(outside.path(), folder.path() / "out");
  std::filesystem::create_symlink("real.csv", folder.path() / "in.csv");
  std::filesystem::create_symlink("nothing.csv", folder.path() / "dangling.csv");
  const auto store = FolderStore::at(folder.path().string());
  EXPECT_THAT(names_in(**store), ElementsAre("in.csv", "real.csv"));
  EXPECT_EQ(*(*store)->read_whole("in.csv", 100), "real");
  const std::string absolute = (outside.path() / "secret.csv").string();
  const std::string climbing = "../" + outside.path().filename().string() + "/secret.csv";
  for (const std::string& name :
       {std::string("out.csv"), std::string("out/secret.csv"), absolute, climbing, std::string("./real.csv"),
        std::string(), std::string("a//real.csv"), std::string("real.csv\0", 9), std::string("dangling.csv")}) {
    const auto content = (*store)->read_whole(name, 100);
    ASSERT_FALSE(content) << name;
    EXPECT_THAT(content.error().id, testing::AnyOf(ErrorId::kFileMissing, ErrorId::kPathOutsideLocation))
        << content.error().message();
  }
}

TEST(FolderStore, ReadsWholeFilesUpToALimit) {
  const TestFolder folder;
  const std::string content(300'000, 'x');
  folder.write("big.csv", content);
  const auto store = FolderStore::at(folder.path().string());
  EXPECT_EQ(*(*store)->read_whole("big.csv", content.size()), content);
  const auto refused = (*store)->read_whole("big.csv", content.size() - 1);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().id, ErrorId::kFileTooLarge);
}

TEST(FolderStore, SaysWhenThereIsNoFolder) {
  const TestFolder folder;
  folder.write("file.csv", "x");
  EXPECT_THAT(FolderStore::at((folder.path() / "nothing").string()).error().message(), HasSubstr("check the path"));
  EXPECT_THAT(FolderStore::at((folder.path() / "file.csv").string()).error().message(), HasSubstr("it is a file"));
}

TEST(FileKind, IsToldByNameThenByBytes) {
  EXPECT_EQ(file_kind_of_name("a/part_0_0001.CSV"), (FileKind{FileFormat::kCsv, Compression::kNone}));
  EXPECT_EQ(file_kind_of_name("part_0_0001.csv.gz"), (FileKind{FileFormat::kCsv, Compression::kGzip}));
  EXPECT_EQ(file_kind_of_name("part_0_0001.snappy.parquet"), (FileKind{FileFormat::kParquet, Compression::kNone}));
  EXPECT_EQ(file_kind_of_name("part"), std::nullopt);
  const TestFolder folder;
  folder.write("gzip", "\x1f\x8b\x08");
  folder.write("parquet", "PAR1....");
  folder.write("text", "a,b\n");
  folder.write("short", "P");
  const auto store = FolderStore::at(folder.path().string());
  EXPECT_EQ(detect_file_kind(**store, "gzip")->compression, Compression::kGzip);
  EXPECT_EQ(detect_file_kind(**store, "parquet")->format, FileFormat::kParquet);
  EXPECT_EQ(*detect_file_kind(**store, "text"), FileKind{});
  EXPECT_EQ(*detect_file_kind(**store, "short"), FileKind{});
}

}  // namespace
}  // namespace apportion
