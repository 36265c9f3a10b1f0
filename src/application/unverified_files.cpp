#include "application/unverified_files.h"

#include <algorithm>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "application/run_input.h"
#include "foundation/base/next_step.h"
#include "pipeline/fetch/unverified_runs.h"
#include "pipeline/ingest/file_survey.h"

namespace apportion {
namespace {

// Files of a folder whose names say that they are parts of one whole: one file, mostly.
struct Unit {
  std::vector<RunBlob> blobs;
  FileSurvey survey;
  std::optional<ToldMonth> told;
};

RunPeriod whole_month(Month month) { return {month, month.first_day(), month.last_day()}; }

class FileSorter {
 public:
  FileSorter(BlobStore& store, const Run& candidate, std::optional<Month> month, Day today,
             const std::filesystem::path& temporary)
      : store_(store), candidate_(candidate), asked_for_(month), today_(today), temporary_(temporary) {}

  Result<SortedFiles> sort() {
    RunFiles files(store_, candidate_, temporary_);
    APPORTION_TRY(files.bring_here());
    APPORTION_TRY(survey(files.input(1, candidate_.period ? std::optional(candidate_.period->month) : asked_for_)));
    if (is_unclear_) return std::move(sorted_);
    std::map<Month, std::vector<const Unit*>> by_month;
    for (Unit& unit : units_) {
      if (unit.survey.rows == 0 && units_.size() > 1) {
        sorted_.notes.push_back(fmt::format("{} was skipped: it has no rows", store_.place_of(unit.blobs[0].name)));
        continue;
      }
      auto month = month_of(unit);
      if (!month) {
        refuse(unit, std::move(month).error());
      } else if (*month) {
        by_month[**month].push_back(&unit);
      }
    }
    if (is_unclear_) return std::move(sorted_);
    for (const auto& [month, units] : by_month) add_run(month, units);
    return std::move(sorted_);
  }

 private:
  // A file whose days could be read either way is read again with the month that the other files tell.
  Result<void> survey(const RunInput& input) {
    std::map<std::string, std::size_t> unit_of_name;
    std::vector<std::pair<std::size_t, Error>> unclear;
    FileSurvey all;
    for (std::size_t i = 0; i < input.files.size(); ++i) {
      auto survey = survey_file(input.files[i], input.month, input.temporary_folder);
      if (survey) {
        all.add(*survey);
        APPORTION_TRY(add_to_unit(i, *std::move(survey), unit_of_name));
      } else if (survey.error().id == ErrorId::kDateFormatAmbiguous) {
        unclear.emplace_back(i, survey.error());
      } else {
        APPORTION_TRY(refuse_file(i, survey.error()));
      }
    }
    const auto told = tell_month(all, "");
    for (const auto& [i, error] : unclear) {
      auto survey = told ? survey_file(input.files[i], told->month, input.temporary_folder) : Result<FileSurvey>(error);
      if (survey) {
        APPORTION_TRY(add_to_unit(i, *std::move(survey), unit_of_name));
      } else {
        APPORTION_TRY(refuse_file(i, error));
      }
    }
    return ok();
  }

  Result<void> add_to_unit(std::size_t file, FileSurvey survey, std::map<std::string, std::size_t>& unit_of_name) {
    const RunBlob& blob = candidate_.blobs[file];
    const std::string key = name_of_parts(blob.name) + "\n" + survey.columns;
    const auto [found, added] = unit_of_name.try_emplace(key, units_.size());
    if (added) {
      units_.push_back({{blob}, std::move(survey), std::nullopt});
      return ok();
    }
    Unit& unit = units_[found->second];
    if (unit.survey.sample.holds_or_is_held_by(survey.sample)) {
      refuse(unit, repeated(unit.blobs.front().name, blob.name, "all rows of one are rows of the other"));
      return ok();
    }
    unit.blobs.push_back(blob);
    unit.survey.add(survey);
    return ok();
  }

  // A file that is no cost file is none of the bill; any other fault leaves the whole folder out.
  Result<void> refuse_file(std::size_t file, const Error& error) {
    if (error.kind() == ErrorKind::kStorage) return error;
    is_unclear_ = is_unclear_ || error.id != ErrorId::kNotACostFile;
    sorted_.refused.push_back({candidate_.blobs[file].name, error});
    if (error.where.empty()) sorted_.refused.back().error.where = store_.place_of(candidate_.blobs[file].name);
    return ok();
  }

  // The month of a unit; nothing when another one was asked for.
  Result<std::optional<Month>> month_of(Unit& unit) {
    const std::string place = store_.place_of(unit.blobs.front().name);
    if (candidate_.period) return std::optional(candidate_.period->month);
    auto told = tell_month(unit.survey, place);
    if (asked_for_) {
      const auto& periods = unit.survey.periods;
      const bool is_denied = !periods.empty() && !periods.contains(*asked_for_);
      // One file may be late usage only; of several, each is of the month that it tells.
      const bool is_of_another = units_.size() > 1 && told && told->month != *asked_for_;
      if (is_denied || is_of_another) {
        const Month found = is_denied ? periods.begin()->first : told->month;
        sorted_.notes.push_back(fmt::format("{} was skipped: its rows belong to {}, not to {}", place,
                                            found.to_string(), asked_for_->to_string()));
        return std::optional<Month>();
      }
      unit.told = ToldMonth{*asked_for_, "it was given by hand"};
      return std::optional(*asked_for_);
    }
    if (!told) return std::move(told).error();
    if (told->month.first_day() > today_) {
      return Error{ErrorId::kRowsInTheFuture, "the rows belong to a future month", place, told->month.to_string(),
                   "check the files, or say which month they are for: " + step(Step::kChooseMonth)};
    }
    unit.told = *told;
    return std::optional(told->month);
  }

  void add_run(Month month, const std::vector<const Unit*>& units) {
    for (std::size_t i = 1; i < units.size(); ++i) {
      for (std::size_t before = 0; before < i; ++before) {
        if (auto fault = fault_of(*units[before], *units[i])) return refuse(*units[i], *std::move(fault));
      }
    }
    std::vector<RunBlob> blobs;
    for (const Unit* unit : units) blobs.insert(blobs.end(), unit->blobs.begin(), unit->blobs.end());
    std::ranges::sort(blobs, {}, &RunBlob::name);
    Run run = part_of_unverified_run(candidate_, std::move(blobs));
    if (!run.period) run.period = whole_month(month);
    if (units.front()->told) {
      run.marks.push_back(
          fmt::format("no manifest confirms that the month is {}: {}", month.to_string(), by_what(units)));
    }
    sorted_.runs.push_back(std::move(run));
  }

  std::string by_what(const std::vector<const Unit*>& units) const {
    if (asked_for_) return units.front()->told->by;
    FileSurvey all;
    for (const Unit* unit : units) all.add(unit->survey);
    const auto told = tell_month(all, "");
    return told ? told->by : units.front()->told->by;
  }

  // Why two units of one month are not one run.
  std::optional<Error> fault_of(const Unit& left, const Unit& right) const {
    const std::string& first = left.blobs.front().name;
    const std::string& second = right.blobs.front().name;
    if (left.survey.columns != right.survey.columns) {
      return Error{ErrorId::kFilesDoNotBelongTogether, "files of one month in one folder do not belong together",
                   store_.place_of(second), fmt::format("its columns differ from those of {}", first),
                   "put files of different exports into folders of their own"};
    }
    if (!left.survey.sample.shares_a_row(right.survey.sample)) return std::nullopt;
    return repeated(first, second, "they have rows in common");
  }

  Error repeated(const std::string& first, const std::string& second, std::string_view how) const {
    return {ErrorId::kFilesDoNotBelongTogether, "files of one month in one folder do not belong together",
            store_.place_of(second),
            fmt::format("{} and {} may be two versions of the same costs: {}", first, second, how),
            "leave the file that counts in the folder and remove the other; parts of one export are named with "
            "numbers, like part_1.csv and part_2.csv"};
  }

  void refuse(const Unit& unit, Error error) {
    is_unclear_ = true;
    sorted_.refused.push_back({unit.blobs.front().name, std::move(error)});
  }

  BlobStore& store_;
  const Run& candidate_;
  std::optional<Month> asked_for_;
  Day today_;
  const std::filesystem::path& temporary_;
  std::vector<Unit> units_;
  SortedFiles sorted_;
  bool is_unclear_ = false;  // whether what is left may lack a file that belongs to it
};

}  // namespace

Result<SortedFiles> sort_unverified_files(BlobStore& store, const Run& candidate, std::optional<Month> month, Day today,
                                          const std::filesystem::path& temporary) {
  return FileSorter(store, candidate, month, today, temporary).sort();
}

}  // namespace apportion
