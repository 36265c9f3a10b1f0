#include "application/uploads.h"

#include <fstream>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "application/writable_home_test_support.h"
#include "foundation/base/files.h"
#include "pipeline/ingest/testing.h"
#include "sample/sample.h"

namespace apportion {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr std::int64_t kNow = 1'800'000'000;
constexpr const char* kAnna = "user:anna@example.com";
constexpr const char* kBert = "user:bert@example.com";

class UploadsTest : public WritableHomeTest {
 protected:
  Result<Upload> send(const std::string& name, std::string_view text, const std::string& owner = kAnna) {
    APPORTION_ASSIGN(auto incoming, uploads_.begin(owner, name));
    const std::size_t half = text.size() / 2;
    APPORTION_TRY(incoming->take(text.substr(0, half)));
    APPORTION_TRY(incoming->take(text.substr(half)));
    return uploads_.keep(std::move(incoming), {});
  }
  ErrorId refusal(const std::string& name, std::string_view text) {
    const auto sent = send(name, text);
    EXPECT_FALSE(sent) << name;
    return sent ? ErrorId::kNoSuchRecord : sent.error().id;
  }
  std::int64_t folders() {
    const std::filesystem::directory_iterator entries(workspace_->home.temporary());
    return std::distance(begin(entries), end(entries));
  }

  // The newest files of an invented partner's October, by the name of their export.
  std::map<std::string, std::string> exports(SampleFormat format = SampleFormat::kCsv) {
    SampleOptions options;
    options.out = folder_ / "sample";
    options.today = *Day::parse("2026-11-22");
    options.from = options.to = *Month::parse("2026-10");
    options.customers = 3;
    options.rows = 600;
    options.restatements = false;
    options.format = format;
    const auto report = write_sample(options, {});
    EXPECT_TRUE(report) << report.error().message();
    std::map<std::string, std::string> files;
    for (const SampleRun& run : report->runs) {
      for (const auto& entry : std::filesystem::directory_iterator(run.folder)) {
        if (entry.path().filename() != "manifest.json") files[run.export_name] = *read_file(entry.path());
      }
    }
    customers_ = *read_file(report->customers_file);
    rules_ = *read_file(report->rules_file);
    return files;
  }

  std::int64_t now_ = kNow;
  Uploads uploads_{workspace_->home, [this] { return now_; }};
  std::string customers_;
  std::string rules_;
};

TEST_F(UploadsTest, SaysWhatFilesAre) {
  const auto files = exports();
  const auto actual = send("part_0_0001.csv", files.at("actual-cost"));
  ASSERT_TRUE(actual) << actual.error().message();
  EXPECT_EQ(actual->content.kind, UploadKind::kExport);
  EXPECT_EQ(actual->content.layout, "MPA");
  EXPECT_THAT(actual->content.datasets, ElementsAre(Dataset::kActualCost, Dataset::kAmortizedCost));
  EXPECT_THAT(actual->content.months, ElementsAre(*Month::parse("2026-10")));
  EXPECT_GT(actual->content.rows, 100);
  EXPECT_EQ(actual->bytes, std::ssize(files.at("actual-cost")));
  const auto focus = send("focus", files.at("focus-cost"));
  ASSERT_TRUE(focus) << focus.error().message();
  EXPECT_THAT(focus->content.datasets, ElementsAre(Dataset::kFocusCost));
  const auto prices = send("prices.csv", files.at("price-sheet"));
  ASSERT_TRUE(prices) << prices.error().message();
  EXPECT_THAT(prices->content.datasets, ElementsAre(Dataset::kPriceSheet));

  const auto customers = send("customers.csv", customers_);
  ASSERT_TRUE(customers) << customers.error().message();
  EXPECT_EQ(customers->content.kind, UploadKind::kCustomers);
  EXPECT_EQ(customers->content.rows, 3);
  EXPECT_THAT(customers->content.faults, IsEmpty());
  const auto rules = send("rules.yaml", rules_);
  ASSERT_TRUE(rules) << rules.error().message();
  EXPECT_EQ(rules->content.kind, UploadKind::kRules);
  EXPECT_GT(rules->content.rows, 0);
  const auto faulty = send("rules.yaml", "- effective: 2026-10\n  rules:\n    - nmae: x\n");
  ASSERT_TRUE(faulty) << faulty.error().message();
  EXPECT_EQ(faulty->content.kind, UploadKind::kRules);
  EXPECT_THAT(faulty->content.faults, ::testing::Not(IsEmpty()));
  for (const std::string_view text : {"", "hello", "a,b\n1,2\n", "\x89PNG\r\n\x1a\n"}) {
    const auto other = send("x.csv", text);
    ASSERT_TRUE(other) << other.error().message();
    EXPECT_EQ(other->content.kind, UploadKind::kUnknown) << text;
  }
}

TEST_F(UploadsTest, TakeWhatIsSentAsABillWhateverItsColumnsAre) {
  const std::string bill = "Date,SubscriptionId,Cost\n2026-10,a,1\n2026-10,b,x\n";
  auto incoming = uploads_.begin(kAnna, "bill.txt", true);
  ASSERT_TRUE(incoming);
  ASSERT_TRUE((*incoming)->take(bill));
  const auto sent = uploads_.keep(std::move(*incoming), {});
  ASSERT_TRUE(sent) << sent.error().message();
  EXPECT_EQ(sent->content.kind, UploadKind::kBill);
  EXPECT_THAT(sent->content.columns, ElementsAre("Date", "SubscriptionId", "Cost"));
  const StoredUploadPtr stored = *uploads_.find(kAnna, sent->id);
  ImportRequest request;
  request.bill_columns = *parse_bill_columns("customer=SubscriptionId,month=Date,cost=Cost,currency_is=EUR", "columns");
  EXPECT_THAT(check_bill(*stored, request, {}).error().message(), HasSubstr("line 3, column Cost"));
  EXPECT_EQ(check_importable({stored}).error().id, ErrorId::kNotACostFile);
  const auto other = send("part.csv", "id,name\na,A\n");
  ASSERT_TRUE(other);
  EXPECT_EQ(check_bill(**uploads_.find(kAnna, other->id), request, {}).error().id, ErrorId::kFileColumnMissing);
  for (const std::string& no_table : {std::string(), std::string("PK\x03\x04\xff\xfe")}) {
    auto refused = uploads_.begin(kAnna, "bill.xlsx", true);
    ASSERT_TRUE(refused);
    ASSERT_TRUE((*refused)->take(no_table));
    EXPECT_EQ(uploads_.keep(std::move(*refused), {}).error().id, ErrorId::kFileColumnMissing);
  }
}

TEST_F(UploadsTest, GoesByTheBytesAndNotByTheName) {
  const auto packed = send("costs.csv", exports(SampleFormat::kCsvGz).at("actual-cost"));
  ASSERT_TRUE(packed) << packed.error().message();
  EXPECT_EQ(packed->content.kind, UploadKind::kExport);
  std::filesystem::remove_all(folder_ / "sample");
  const auto parquet = send("costs.csv", exports(SampleFormat::kParquet).at("actual-cost"));
  ASSERT_TRUE(parquet) << parquet.error().message();
  EXPECT_EQ(parquet->content.kind, UploadKind::kExport);
  EXPECT_EQ(parquet->content.rows, packed->content.rows);
}

TEST_F(UploadsTest, RefusesDamagedFilesAndKeepsNothingOfThem) {
  const std::string packed = ingest_testing::pack_gzip(exports().at("actual-cost"));
  EXPECT_EQ(refusal("a.csv.gz", std::string_view(packed).substr(0, packed.size() / 2)), ErrorId::kGzipBroken);
  EXPECT_EQ(refusal("a.parquet", "PAR1 and then nothing of the kind PAR1"), ErrorId::kParquetUnreadable);
  EXPECT_EQ(folders(), 0);
  const auto broken = send("a.parquet", "PAR1" + std::string(100, '\0') + "PAR1");
  ASSERT_FALSE(broken);
  EXPECT_THAT(broken.error().message(), HasSubstr("a.parquet"));
  EXPECT_THAT(broken.error().message(), ::testing::Not(HasSubstr("files/a.parquet")));
}

TEST_F(UploadsTest, RefusesNamesThatAreNotOfFiles) {
  for (const char* name : {"", "a/b.csv", "..", "../a.csv", "a\\b", "a\nb", ".hidden", "\xff"}) {
    EXPECT_EQ(refusal(name, "x"), ErrorId::kFieldInvalid) << name;
  }
  EXPECT_TRUE(send("Kosten März (1).csv", "x"));
}

TEST_F(UploadsTest, BelongToWhoMadeThem) {
  const auto upload = send("a.csv", "x");
  ASSERT_TRUE(upload);
  EXPECT_TRUE(uploads_.find(kAnna, upload->id));
  EXPECT_EQ(uploads_.find(kBert, upload->id).error().id, ErrorId::kNoSuchRecord);
  EXPECT_EQ(uploads_.remove(kBert, upload->id).error().id, ErrorId::kNoSuchRecord);
  EXPECT_TRUE(uploads_.remove(kAnna, upload->id));
  EXPECT_EQ(uploads_.find(kAnna, upload->id).error().id, ErrorId::kNoSuchRecord);
  EXPECT_EQ(folders(), 0);
}

TEST_F(UploadsTest, EndAfterADay) {
  const auto upload = send("a.csv", "x");
  ASSERT_TRUE(upload);
  now_ += kUploadSecondsMax - 1;
  EXPECT_TRUE(uploads_.find(kAnna, upload->id));
  now_ += 1;
  EXPECT_EQ(uploads_.find(kAnna, upload->id).error().id, ErrorId::kNoSuchRecord);
  EXPECT_EQ(folders(), 0);
}

TEST_F(UploadsTest, LeaveNoBytesWhenTheyHaveEnded) {
  ASSERT_TRUE(send("a.csv", "x"));
  now_ += kUploadSecondsMax;
  EXPECT_EQ(folders(), 1);
  uploads_.drop_ended();
  EXPECT_EQ(folders(), 0);
}

TEST_F(UploadsTest, AreLimited) {
  for (std::int64_t i = 0; i < kUploadsMax; ++i) ASSERT_TRUE(send("a.csv", "x"));
  EXPECT_EQ(refusal("a.csv", "x"), ErrorId::kTooManyRequests);
  EXPECT_TRUE(send("a.csv", "x", kBert));
  std::vector<std::unique_ptr<IncomingUpload>> arriving;
  for (int i = 0; i < 3; ++i) arriving.push_back(std::move(uploads_.begin(kBert, "b.csv")).value());
  EXPECT_EQ(uploads_.begin(kBert, "b.csv").error().id, ErrorId::kServiceBusy);
  arriving.pop_back();
  EXPECT_TRUE(uploads_.begin(kBert, "b.csv"));
}

TEST_F(UploadsTest, AreImportedTogetherAsOneRun) {
  Connection connection;
  connection.name = "acme";
  connection.locations[Dataset::kActualCost] = (folder_ / "nothing").string();
  ASSERT_TRUE(plane().add_connection(connection));
  writable_.reset();
  const auto files = exports();
  std::vector<StoredUploadPtr> stored;
  const std::string& all = files.at("actual-cost");
  const std::size_t header = all.find('\n') + 1;
  const std::size_t middle = all.find('\n', all.size() / 2) + 1;
  for (const std::string& part : {all.substr(0, middle), all.substr(0, header) + all.substr(middle)}) {
    const auto upload = send(fmt::format("part_{}_0001", stored.size()), part);
    ASSERT_TRUE(upload) << upload.error().message();
    stored.push_back(*uploads_.find(kAnna, upload->id));
  }
  ASSERT_TRUE(check_importable(stored));
  FolderImport request{"acme", {.expected = Dataset::kActualCost}, false};
  const auto report = import_uploads(*workspace_, stored, request);
  ASSERT_TRUE(report) << report.error().message();
  ASSERT_THAT(report->imports, SizeIs(1));
  ASSERT_THAT(report->imports[0].report.imported, SizeIs(1));
  const Import& import = report->imports[0].report.imported[0].import;
  EXPECT_EQ(import.rows_stored, stored[0]->upload.content.rows + stored[1]->upload.content.rows);
  EXPECT_FALSE(import.verified);
  EXPECT_EQ(import.source_files[0].name, "part_0_0001.csv");

  stored.push_back(stored.front());
  EXPECT_EQ(check_importable(stored).error().id, ErrorId::kFieldInvalid);
  const auto customers = send("customers.csv", customers_);
  ASSERT_TRUE(customers);
  stored = {*uploads_.find(kAnna, customers->id)};
  EXPECT_EQ(check_importable(stored).error().id, ErrorId::kNotACostFile);
  EXPECT_EQ(customers_of_upload(*stored.front()).value(), customers_);
}

}  // namespace
}  // namespace apportion
