#include "pipeline/fetch/blob_reader.h"

#include <atomic>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pipeline/fetch/blob_store.h"
#include "pipeline/fetch/download.h"
#include "pipeline/fetch/md5.h"
#include "pipeline/fetch/storage_testing.h"
#include "pipeline/fetch/testing.h"

namespace apportion {
namespace {

using fetch_testing::FakeStorage;
using fetch_testing::kAccountUrl;
using ::testing::HasSubstr;

std::string some_content(std::size_t bytes) {
  std::string content;
  for (std::size_t i = 0; i < bytes; ++i) content += static_cast<char>('a' + i * 7 % 23 + i / 64 % 3);
  return content;
}

std::string md5_of(const std::string& content) {
  Md5 hash;
  hash.add(content);
  return hash.base64();
}

class BlobReading : public ::testing::Test {
 protected:
  BlobReading() { put(some_content(1000)); }

  void put(std::string content) {
    auto& blob = storage_.blobs["part.csv"];
    blob.content = std::move(content);
    blob.md5 = md5_of(blob.content);
  }
  const std::string& content() { return storage_.blobs["part.csv"].content; }

  std::unique_ptr<ByteReader> open(AzureAccess access) {
    const auto& blob = storage_.blobs["part.csv"];
    auto requests = std::make_shared<const BlobRequests>(std::move(access), "acme", "");
    return read_blob(std::move(requests), {kAccountUrl + "/bills/part.csv", "bills/part.csv",
                                           static_cast<std::int64_t>(blob.content.size()), blob.version, ""});
  }
  std::unique_ptr<ByteReader> open() { return open(access_); }

  static Result<std::string> read_all(ByteReader& reader) {
    std::string all;
    std::array<char, 37> buffer;
    while (true) {
      APPORTION_ASSIGN(const std::size_t count, reader.read(buffer));
      if (count == 0) return all;
      all.append(buffer.data(), count);
    }
  }
  Result<std::string> read_all() { return read_all(*open()); }

  Error failure() {
    auto all = read_all();
    EXPECT_FALSE(all);
    return all ? Error{} : all.error();
  }

  FakeStorage storage_;
  AzureAccess access_ = fetch_testing::access_to(storage_);
};

TEST_F(BlobReading, GivesTheWholeBlobInAnySizes) {
  for (const std::int64_t block : {1, 7, 64, 999, 1000, 1001, 100'000}) {
    access_.download.block_bytes = block;
    const auto all = read_all();
    ASSERT_TRUE(all) << all.error().message();
    EXPECT_EQ(*all, content()) << block;
  }
}

TEST_F(BlobReading, AnEmptyBlobNeedsNoRequest) {
  put("");
  EXPECT_EQ(*read_all(), "");
  EXPECT_TRUE(storage_.requests().empty());
}

TEST_F(BlobReading, GoesOnAtTheByteWhereItBroke) {
  put(some_content(200));
  storage_.piece_bytes = 5;
  for (const bool quiet : {false, true}) {
    storage_.ends_without_error = quiet;
    for (std::size_t at = 0; at < 64; ++at) {
      FakeStorage& storage = storage_;
      int seen = -1;
      storage.break_after = [&](int number) -> std::optional<std::size_t> {
        if (seen < 0) seen = number;
        return number - seen < 2 ? std::optional(at) : std::nullopt;
      };
      const auto all = read_all();
      ASSERT_TRUE(all) << at << all.error().message();
      EXPECT_EQ(*all, content()) << at;
    }
  }
}

TEST_F(BlobReading, AsksOnlyForWhatIsMissing) {
  put(some_content(100));
  access_.download.block_bytes = 100;
  storage_.break_after = [](int number) { return number == 0 ? std::optional<std::size_t>(41) : std::nullopt; };
  ASSERT_TRUE(read_all());
  const auto requests = storage_.requests();
  ASSERT_EQ(requests.size(), 2U);
  EXPECT_EQ(header_of(requests[0], "Range"), "bytes=0-99");
  EXPECT_EQ(header_of(requests[1], "Range"), "bytes=41-99");
  EXPECT_EQ(header_of(requests[1], "x-ms-range"), "bytes=41-99");
  EXPECT_EQ(header_of(requests[1], "If-Match"), "\"0x8DC0000000000A1\"");
}

TEST_F(BlobReading, GivesUpWhenNothingComes) {
  for (const bool quiet : {false, true}) {
    storage_.ends_without_error = quiet;
    storage_.break_after = [](int) { return std::optional<std::size_t>(0); };
    EXPECT_EQ(failure().id, quiet ? ErrorId::kDownloadCutShort : ErrorId::kNoAnswer);
  }
  EXPECT_LT(storage_.requests().size(), 50U);
}

TEST_F(BlobReading, GivesUpOnEndlessDrops) {
  put(some_content(5000));
  access_.download.block_bytes = 5000;
  storage_.break_after = [](int) { return std::optional<std::size_t>(1); };
  EXPECT_EQ(failure().id, ErrorId::kNoAnswer);
  EXPECT_EQ(storage_.requests().size(), 200U);
}

TEST_F(BlobReading, NoticesABlobThatWasWrittenOver) {
  for (int read_before = 0; read_before < 1000; read_before += 111) {
    std::atomic<bool> written_over = false;
    // Only what was asked for before may still come; another answer than the rest or the error there is not.
    storage_.instead = [&](const HttpRequest& request) -> FakeStorage::Answer {
      EXPECT_EQ(header_of(request, "If-Match"), "\"0x8DC0000000000A1\"");
      if (!written_over) return std::nullopt;
      return Result<HttpResponse>(answer_with(412, "", {{"x-ms-error-code", "ConditionNotMet"}}));
    };
    const auto reader = open();
    std::vector<char> buffer(1);
    for (int i = 0; i < read_before; ++i) ASSERT_EQ(*reader->read(buffer), 1U);
    written_over = true;
    const auto rest = read_all(*reader);
    EXPECT_FALSE(rest && read_before < 500);  // so far ahead nobody reads
    if (rest) {
      EXPECT_EQ(*rest, content().substr(static_cast<std::size_t>(read_before)));
    } else {
      EXPECT_TRUE(is_written_over(rest.error())) << rest.error().message();
    }
  }
}

TEST_F(BlobReading, EveryWayToBeAnotherBlobIsOne) {
  for (const int status : {404, 412, 416}) {
    storage_.instead = [status](const HttpRequest&) { return FakeStorage::Answer(answer_with(status)); };
    EXPECT_TRUE(is_written_over(failure())) << status;
  }
  storage_.instead = [](const HttpRequest& request) -> FakeStorage::Answer {
    return Result<HttpResponse>(answer_with(
        206, std::string(64, 'x'),
        {{"ETag", "\"other\""}, {"Content-Range", "bytes " + header_of(request, "Range").substr(6) + "/1000"}}));
  };
  EXPECT_TRUE(is_written_over(failure()));
}

TEST_F(BlobReading, RefusesOtherBytesThanThoseAskedFor) {
  access_.download.block_bytes = 1000;
  const auto with = [&](int status, std::size_t bytes, const std::vector<HttpHeader>& headers) {
    storage_.instead = [=](const HttpRequest&) {
      return FakeStorage::Answer(answer_with(status, std::string(bytes, 'x'), headers));
    };
    return failure();
  };
  EXPECT_THAT(with(206, 1000, {}).message(), HasSubstr("which range it contains"));
  EXPECT_THAT(with(206, 1000, {{"Content-Range", "bytes 0-999"}}).message(), HasSubstr("which range it contains"));
  EXPECT_THAT(with(206, 1000, {{"Content-Range", "bytes 1-1000/1000"}}).message(), HasSubstr("1-1000 were sent"));
  EXPECT_THAT(with(206, 1000, {{"Content-Range", "bytes 0-999/1001"}}).message(), HasSubstr("1000 bytes were stated"));
  EXPECT_EQ(with(206, 1001, {{"Content-Range", "bytes 0-999/1000"}}).id, ErrorId::kManifestNotJson);
  EXPECT_THAT(with(204, 0, {}).message(), HasSubstr("status 204"));
  EXPECT_EQ(with(302, 0, {{"Location", "https://evil.test/"}}).id, ErrorId::kStorageRedirected);
  EXPECT_EQ(with(403, 0, {{"x-ms-error-code", "AuthorizationPermissionMismatch"}}).id,
            ErrorId::kAzurePrincipalNoDataRoleSas);
}

TEST_F(BlobReading, AWholeAnswerToTheWholeRangeIsFine) {
  access_.download.block_bytes = 1000;
  storage_.instead = [this](const HttpRequest&) { return FakeStorage::Answer(answer_with(200, content())); };
  EXPECT_EQ(*read_all(), content());
  access_.download.block_bytes = 999;
  EXPECT_EQ(failure().id, ErrorId::kManifestNotJson);  // the server does not know ranges
}

TEST_F(BlobReading, ComparesTheChecksum) {
  storage_.blobs["part.csv"].md5 = md5_of("something else");
  const Error error = failure();
  EXPECT_EQ(error.id, ErrorId::kBlobChecksumMismatch);
  EXPECT_THAT(error.message(), HasSubstr("checksum"));
  storage_.blobs["part.csv"].md5.clear();
  EXPECT_EQ(*read_all(), content());
}

TEST_F(BlobReading, AFailureStays) {
  storage_.blobs["part.csv"].md5 = md5_of("something else");
  const auto reader = open();
  ASSERT_FALSE(read_all(*reader));
  ASSERT_FALSE(read_all(*reader));
}

TEST_F(BlobReading, HearsACancel) {
  for (const std::int64_t block : {64, 2000}) {
    access_.cancel = Cancel();
    access_.download.block_bytes = block;
    access_.download.pause = std::chrono::hours(1);
    storage_.break_after = [](int) { return std::optional<std::size_t>(0); };
    const auto reader = open();
    std::thread person([this] { access_.cancel.request(); });
    const auto all = read_all(*reader);
    person.join();
    ASSERT_FALSE(all);
    EXPECT_EQ(all.error().id, ErrorId::kInterrupted);
  }
}

TEST_F(BlobReading, AReaderThatGoesAwayEndsItsDownloads) {
  access_.download.pause = std::chrono::hours(1);
  storage_.break_after = [](int) { return std::optional<std::size_t>(0); };
  for (int i = 0; i < 20; ++i) open();
  EXPECT_LE(access_.budget->bytes_most(), 20 * 6 * 64);
}

TEST_F(BlobReading, MemoryStaysWithinTheBudget) {
  put(some_content(100'000));
  access_.download.block_bytes = 1000;
  access_.budget = std::make_shared<FetchBudget>(FetchLimits{4, 4, 3000});
  std::vector<std::unique_ptr<ByteReader>> readers;
  for (int i = 0; i < 5; ++i) readers.push_back(open());
  for (const auto& reader : readers) EXPECT_EQ(*read_all(*reader), content());
  EXPECT_LE(access_.budget->bytes_most(), 3000 + 5 * 1000);
  EXPECT_LE(access_.budget->requests_most(), 4);
}

TEST_F(BlobReading, DownloadsIntoAFile) {
  const fetch_testing::TestFolder folder;
  const auto path = folder.path() / "part";
  ASSERT_TRUE(download(*open(), 1000, "part", path));
  EXPECT_EQ(std::filesystem::file_size(path), 1000U);
  for (const std::int64_t listed : {999, 1001}) {
    const auto wrong = download(*open(), listed, "part", folder.path() / "wrong");
    ASSERT_FALSE(wrong);
    EXPECT_EQ(wrong.error().id, ErrorId::kDownloadSizeMismatch);
    EXPECT_FALSE(std::filesystem::exists(folder.path() / "wrong"));
  }
  const auto huge = download(*open(), std::int64_t{1} << 60, "part", folder.path() / "huge");
  ASSERT_FALSE(huge);
  EXPECT_EQ(huge.error().id, ErrorId::kDiskFullForDownload);
}

}  // namespace
}  // namespace apportion
