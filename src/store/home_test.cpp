#include "store/home.h"
#include "foundation/base/next_step.h"

#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "foundation/base/test_support.h"

namespace apportion {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::IsSupersetOf;

const Clock kClock = Clock::fixed(*Day::parse("2026-11-22"));

void put_file(const std::filesystem::path& path) {
  std::filesystem::create_directories(path.parent_path());
  std::ofstream(path) << "x";
}

TEST(Home, IsMadeForItsOwnerOnly) {
  const TestFolder folder;
  const auto home = Home::create(folder / "deep/home");
  ASSERT_TRUE(home) << home.error().message();
  EXPECT_FALSE(home->was_there());
  EXPECT_EQ(std::filesystem::status(home->folder()).permissions(), std::filesystem::perms::owner_all);
  EXPECT_TRUE(std::filesystem::is_directory(home->lake()));
  EXPECT_TRUE(std::filesystem::is_directory(home->temporary()));
  EXPECT_TRUE(ControlPlane::open(home->control_plane_file(), kClock, false));
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(home->folder()), {}), 3);
}

TEST(Home, MadeTwiceStaysAsItIs) {
  const TestFolder folder;
  {
    auto plane = ControlPlane::open(Home::create(folder / "home")->control_plane_file(), kClock, false);
    ASSERT_TRUE(plane && plane->add_connection({.name = "acme"}));
  }
  const auto again = Home::create(folder / "home/");
  ASSERT_TRUE(again);
  EXPECT_TRUE(again->was_there());
  EXPECT_TRUE(ControlPlane::open(again->control_plane_file(), kClock, false)->connection_named("acme"));
  EXPECT_EQ(Home::open(folder / "home")->folder(), again->folder());
}

TEST(Home, ACrashWhileMakingItIsMended) {
  const TestFolder folder;
  std::ofstream(folder / "control-plane.sqlite") << "";  // where a crash right after the file was made leaves it
  const auto home = Home::create(folder.path());
  ASSERT_TRUE(home) << home.error().message();
  EXPECT_TRUE(std::filesystem::is_directory(home->lake()));
  EXPECT_TRUE(ControlPlane::open(home->control_plane_file(), kClock, false));
}

TEST(Home, AnEmptyFolderBecomesOneButNoOther) {
  const TestFolder folder;
  put_file(folder / "photos/cat.jpg");
  const auto refused = Home::create(folder / "photos");
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message(), HasSubstr("cat.jpg"));
  EXPECT_FALSE(std::filesystem::exists(folder / "photos/control-plane.sqlite"));
  EXPECT_FALSE(Home::create(folder / "photos/cat.jpg"));
  std::filesystem::create_directory(folder / "empty");
  EXPECT_TRUE(Home::create(folder / "empty"));
}

TEST(Home, MayHaveVolumesOfItsOwnFromTheStart) {
  const TestFolder folder;
  for (const char* volume : {"lake", "delta", "lost+found"})
    std::filesystem::create_directories(folder / "home" / volume);
  EXPECT_TRUE(Home::create(folder / "home"));
  put_file(folder / "other/lake/charges/rows.parquet");
  const auto refused = Home::create(folder / "other");
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message(), HasSubstr("(`lake`)"));
}

TEST(Home, OpenedWhereThereIsNoneNamesInit) {
  const TestFolder folder;
  const auto home = Home::open(folder / "none");
  ASSERT_FALSE(home);
  EXPECT_EQ(home.error().id, ErrorId::kNoHome);
  EXPECT_THAT(home.error().next, HasSubstr(step(Step::kCreateHome)));
  EXPECT_FALSE(std::filesystem::exists(folder / "none"));
}

TEST(Home, NotWritableIsSaid) {
  const TestFolder folder;
  const auto message = as_ordinary_user([&] {
    const auto home = Home::create("/proc/home");
    return home ? "made" : home.error().message();
  });
  EXPECT_THAT(message, HasSubstr("cannot create the folder: /proc/home"));

  ASSERT_TRUE(Home::create(folder / "home"));
  std::filesystem::permissions(folder / "home",
                               std::filesystem::perms::owner_read | std::filesystem::perms::owner_exec |
                                   std::filesystem::perms::others_read | std::filesystem::perms::others_exec);
  std::filesystem::permissions(folder / "home/control-plane.sqlite",
                               std::filesystem::perms::owner_read | std::filesystem::perms::others_read);
  EXPECT_THAT(as_ordinary_user([&] {
                const auto plane = ControlPlane::open(folder / "home/control-plane.sqlite", kClock, false);
                return plane ? "open" : error_code_name(plane.error().kind()) + (": " + plane.error().message());
              }),
              testing::AllOf(HasSubstr("access_refused: the control plane cannot be written"), HasSubstr("readonly"),
                             HasSubstr(step(Step::kChooseHome))));
  EXPECT_THAT(as_ordinary_user([&] {
                const auto lock = Home::open(folder / "home")->lock_for_writing();
                return lock ? "locked" : lock.error().message();
              }),
              HasSubstr("Permission denied"));
  std::filesystem::permissions(folder / "home", std::filesystem::perms::owner_all);
}

TEST(Home, OneProcessWritesAtATime) {
  const TestFolder folder;
  const auto home = Home::create(folder / "home");
  ASSERT_TRUE(home);
  TestChild child([&](int to_parent) {
    const auto lock = home->lock_for_writing();
    write_to_parent(to_parent, lock ? "y" : "n");
    ::pause();
  });
  ASSERT_EQ(child.read(1), "y");
  EXPECT_EQ(home->lock_for_writing().error().id, ErrorId::kHomeLocked);
  child.kill_now();
  EXPECT_TRUE(home->lock_for_writing());
}

TEST(Home, WhoWantsToWriteWaitsForWhoDoes) {
  const TestFolder folder;
  const auto home = Home::create(folder / "home");
  ASSERT_TRUE(home);
  std::optional<FileLock> theirs = *home->lock_for_writing();
  int waits = 0;
  const auto lock = home->lock_for_writing({}, std::chrono::hours(1), [&] {
    ++waits;
    theirs.reset();
  });
  EXPECT_TRUE(lock);
  EXPECT_EQ(waits, 1);
  Cancel cancel;
  EXPECT_EQ(home->lock_for_writing(cancel, std::chrono::hours(1), [&] { cancel.request(); }).error().id,
            ErrorId::kInterrupted);
}

TEST(Home, TakingInAndWritingDoNotWaitForOneAnother) {
  const TestFolder folder;
  const auto home = Home::create(folder / "home");
  ASSERT_TRUE(home);
  const auto intake = home->lock_for_intake();
  ASSERT_TRUE(intake);
  EXPECT_TRUE(home->lock_for_writing());
  EXPECT_EQ(home->lock_for_intake().error().id, ErrorId::kIntakeLocked);
}

TEST(Home, RemovesAbandonedFoldersAndNothingBesideThem) {
  const TestFolder folder;
  const auto home = Home::create(folder / "home");
  ASSERT_TRUE(home);
  const std::string dead = random_guid();
  put_file(home->incoming() / dead / "files/part-0.parquet");
  const auto incoming = home->make_incoming_folder();
  ASSERT_TRUE(incoming);
  put_file(incoming->path() / "files/part-0.parquet");
  put_file(home->temporary() / dead / "block");
  put_file(home->temporary() / "sort/block");
  put_file(home->temporary() / random_guid().substr(1) / "block");
  put_file(home->temporary() / "notes.txt");
  put_file(folder / "outside/file");
  const std::string link = random_guid();
  std::filesystem::create_directory_symlink(folder / "outside", home->temporary() / link);
  std::ofstream(home->incoming() / random_guid()) << "";

  const auto foreign = home->foreign_beside_folders();
  ASSERT_TRUE(foreign);
  EXPECT_EQ(foreign->size(), 5U);
  EXPECT_THAT(*foreign, IsSupersetOf<std::string>({"tmp/sort/", "tmp/notes.txt", "tmp/" + link}));
  const auto removed = home->remove_abandoned_folders();
  ASSERT_TRUE(removed) << removed.error().message();
  EXPECT_THAT(*removed, ElementsAre("lake/incoming/" + dead + "/", "tmp/" + dead + "/"));
  EXPECT_TRUE(std::filesystem::exists(incoming->path() / "files/part-0.parquet")) << "its process lives";
  EXPECT_TRUE(std::filesystem::exists(folder / "outside/file"));
  EXPECT_EQ(*home->foreign_beside_folders(), *foreign) << "they stay";
  EXPECT_THAT(*home->remove_abandoned_folders(), IsEmpty());
}

TEST(Home, TemporaryFoldersStayWhileTheirProcessLives) {
  const TestFolder folder;
  const auto home = Home::create(folder / "home");
  ASSERT_TRUE(home);
  TestChild child([&](int to_parent) {
    const auto temporary = home->make_temporary_folder();
    if (temporary) put_file(temporary->path() / "spilled");
    write_to_parent(to_parent, temporary ? temporary->path().filename().string() : temporary.error().message());
    ::pause();
  });
  const std::string name = child.read(random_guid().size());
  EXPECT_TRUE(home->lives(name));
  EXPECT_FALSE(home->lives(random_guid()));
  {
    auto ours = home->make_temporary_folder();
    ASSERT_TRUE(ours) << ours.error().message();
    const TemporaryFolder moved = std::move(*ours);
    EXPECT_THAT(*home->remove_abandoned_folders(), IsEmpty());
    EXPECT_TRUE(std::filesystem::is_directory(moved.path()));
    EXPECT_TRUE(std::filesystem::exists(home->temporary() / name / "spilled"));
  }
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(home->temporary()), {}), 1);
  child.kill_now();
  EXPECT_THAT(*home->remove_abandoned_folders(), ElementsAre("tmp/" + name + "/"));
}

}  // namespace
}  // namespace apportion
