#include "foundation/base/files.h"

#include <cerrno>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "foundation/base/test_support.h"

namespace apportion {
namespace {

using ::testing::HasSubstr;

std::filesystem::perms rights_of(const std::filesystem::path& path) {
  return std::filesystem::status(path).permissions();
}

TEST(LiesWithin, IsByWholeNamesOfFolders) {
  EXPECT_TRUE(lies_within("/srv/home/a/b", "/srv/home"));
  EXPECT_TRUE(lies_within("/srv/home", "/srv/home"));
  EXPECT_FALSE(lies_within("/srv/home-2", "/srv/home"));
  EXPECT_FALSE(lies_within("/srv", "/srv/home"));
}

TEST(ReadFile, GivesTheWholeFile) {
  const TestFolder folder;
  const std::string content("a\0b\r\n\xff", 6);
  std::ofstream(folder / "file", std::ios::binary) << content;
  EXPECT_EQ(*read_file(folder / "file"), content);
  std::ofstream(folder / "empty") << "";
  EXPECT_EQ(*read_file(folder / "empty"), "");
}

TEST(ReadFile, SaysWhatIsWrong) {
  const TestFolder folder;
  const auto missing = read_file(folder / "missing");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().id, ErrorId::kFileMissing);
  EXPECT_EQ(missing.error().where, (folder / "missing").string());
  EXPECT_EQ(missing.error().next, "check the path");

  EXPECT_THAT(read_file(folder.path()).error().why, HasSubstr("directory"));

  std::ofstream(folder / "large") << "12345";
  const auto large = read_file(folder / "large", 4);
  ASSERT_FALSE(large);
  EXPECT_EQ(large.error().id, ErrorId::kFileTooLarge);
  EXPECT_THAT(large.error().why, HasSubstr("5 bytes; at most 4"));
  EXPECT_EQ(*read_file(folder / "large", 5), "12345");
}

TEST(ReadFile, ToldFromNoPermission) {
  const TestFolder folder;
  std::ofstream(folder / "secret") << "x";
  std::filesystem::permissions(folder / "secret", std::filesystem::perms::none);
  const std::string message = as_ordinary_user([&] {
    const auto content = read_file(folder / "secret");
    return content ? "read" : std::string(error_code_name(content.error().kind())) + ": " + content.error().message();
  });
  EXPECT_THAT(message, HasSubstr("access_refused: cannot open"));
  EXPECT_THAT(message, HasSubstr("Permission denied; give the user"));
}

TEST(WriteFileAtomically, ReplacesTheContentAndLeavesNothingElse) {
  const TestFolder folder;
  ASSERT_TRUE(write_file_atomically(folder / "file", "old and long"));
  ASSERT_TRUE(write_file_atomically(folder / "file", "new"));
  EXPECT_EQ(*read_file(folder / "file"), "new");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path()), {}), 1);
  EXPECT_EQ(rights_of(folder / "file"), std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

TEST(WriteFileAtomically, KeepsTheOldContentWhenTheDiskIsFull) {
  const TestFolder folder;
  ASSERT_TRUE(write_file_atomically(folder / "file", "old"));
  std::filesystem::create_symlink("/dev/full", folder / "file.tmp");
  const auto written = write_file_atomically(folder / "file", "new");
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().id, ErrorId::kFileFailed);
  EXPECT_THAT(written.error().message(), HasSubstr("No space left on device; free some space"));
  EXPECT_EQ(*read_file(folder / "file"), "old");
}

TEST(WriteFileAtomically, SaysThatTheFolderIsMissingOrForbidden) {
  const TestFolder folder;
  EXPECT_EQ(write_file_atomically(folder / "none/file", "x").error().id, ErrorId::kFileMissing);
  std::filesystem::permissions(folder.path(), std::filesystem::perms::owner_read | std::filesystem::perms::owner_exec);
  EXPECT_THAT(as_ordinary_user([&] {
                const auto written = write_file_atomically(folder / "file", "x");
                return written ? "written" : written.error().message();
              }),
              HasSubstr("Permission denied"));
  std::filesystem::permissions(folder.path(), std::filesystem::perms::owner_all);
}

TEST(FileError, HasARemedyForEachKind) {
  EXPECT_EQ(file_error("w", "p", ENOSPC).id, ErrorId::kFileFailed);
  EXPECT_EQ(file_error("w", "p", EROFS).id, ErrorId::kFileForbidden);
  EXPECT_THAT(file_error("w", "p", EROFS).next, HasSubstr("read-only"));
  EXPECT_EQ(file_error("w", "p", ENOENT).id, ErrorId::kFileMissing);
  EXPECT_THAT(file_error("w", "p", EMFILE).next, HasSubstr("ulimit -n"));
  EXPECT_FALSE(file_error("w", "p", EIO).next.empty());
}

TEST(MakeFolder, MakesParentsAndIsContentWithWhatIsThere) {
  const TestFolder folder;
  ASSERT_TRUE(make_folder(folder / "a/b/c"));
  ASSERT_TRUE(make_folder(folder / "a/b/c"));
  std::ofstream(folder / "file") << "";
  EXPECT_FALSE(make_folder(folder / "file/below"));
  EXPECT_FALSE(make_folder(folder / "file"));
  EXPECT_TRUE(sync_to_disk(folder / "a/b"));
  EXPECT_FALSE(sync_to_disk(folder / "none"));
}

TEST(FileLock, IsRefusedWhileAnotherProcessHoldsItAndFreeAfterItsDeath) {
  const TestFolder folder;
  const auto path = folder / "lock";
  TestChild child([&](int to_parent) {
    const auto lock = FileLock::acquire(path);
    write_to_parent(to_parent, lock ? "y" : "n");
    ::pause();
  });
  ASSERT_EQ(child.read(1), "y");
  const auto refused = FileLock::acquire(path);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().id, ErrorId::kHomeLocked);
  EXPECT_EQ(exit_code(refused.error().kind()), 6);
  child.kill_now();
  EXPECT_TRUE(FileLock::acquire(path));
}

TEST(FileLock, EndsWithItsScopeAndMoves) {
  const TestFolder folder;
  {
    auto lock = FileLock::acquire(folder / "lock");
    ASSERT_TRUE(lock);
    const FileLock moved = std::move(*lock);
    EXPECT_FALSE(FileLock::acquire(folder / "lock"));
  }
  EXPECT_TRUE(FileLock::acquire(folder / "lock"));
  EXPECT_FALSE(FileLock::acquire(folder / "none/lock"));
}

}  // namespace
}  // namespace apportion
