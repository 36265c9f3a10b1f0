#include "query/proof.h"

#include <algorithm>
#include <filesystem>
#include <functional>
#include <iterator>
#include <limits>
#include <map>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "engine/row_values.h"
#include "foundation/base/check.h"
#include "foundation/base/count_text.h"
#include "foundation/base/text.h"
#include "lake/layout.h"
#include "query/proof_assigned.sql.h"
#include "query/proof_assignments.sql.h"
#include "query/proof_carried.sql.h"
#include "query/proof_charges.sql.h"
#include "query/proof_cube.sql.h"
#include "query/proof_filled.sql.h"
#include "query/proof_row_ids.sql.h"
#include "query/proof_rows.sql.h"
#include "query/twice_counted.h"
#include "store/live_import.h"

namespace apportion {
namespace {

using CurrencyAndCategory = std::pair<Currency, std::string>;

// What was noted of a metric, and how many charges lack it.
struct NotedMetric {
  MetricSum sum;
  std::int64_t unknown_timing_rows = 0;
  std::int64_t filled_rows = 0;  // which price sheets know, and the files do not
};

// All metrics of one currency and category.
struct Cell {
  ProofSums billed;
  ProofSums effective;
  MetricProofs metrics;
  std::array<NotedMetric, kChargeMetrics.size()> noted;
};

// Ids of charges, from the first to the last.
struct RowRange {
  std::int64_t first = 0;
  std::int64_t last = 0;

  std::string in(std::string_view statement) const {
    return fmt::format(fmt::runtime(statement), fmt::arg("first", first), fmt::arg("last", last));
  }
};

std::size_t index_of(ChargeMetric metric) { return static_cast<std::size_t>(metric); }

void add(std::optional<Decimal>& total, const std::optional<Decimal>& part) {
  if (part) total = total.value_or(Decimal()) + *part;
}

void add(MetricProof& total, const MetricProof& part) {
  add(total.source, part.source);
  total.mended += part.mended;
  total.filled += part.filled;
  add(total.charges, part.charges);
  add(total.assigned, part.assigned);
  add(total.unassigned, part.unassigned);
  total.unknown_rows += part.unknown_rows;
}

// Nothing is unknown, and makes the sum so.
void add_known(std::optional<Decimal>& total, const std::optional<Decimal>& part) {
  total = total && part ? std::optional(*total + *part) : std::nullopt;
}

void add(ProofSums& total, const ProofSums& part) {
  if (part.source) total.source = total.source.value_or(Decimal()) + *part.source;
  total.mended += part.mended;
  total.remainder += part.remainder;
  total.charges += part.charges;
  total.assigned += part.assigned;
  total.unassigned += part.unassigned;
  add_known(total.carried_out, part.carried_out);
  add_known(total.carried_in, part.carried_in);
}

// The imports that a charge set was made of.
struct Sources {
  std::optional<Import> actual;
  std::optional<Import> amortized;
  std::optional<Import> focus;

  LiveImports all() const { return {actual, amortized, focus}; }
  bool is_focus() const { return focus && !actual && !amortized; }
  const std::optional<Import>& of_billed() const { return is_focus() ? focus : actual; }
  const std::optional<Import>& of_effective() const { return is_focus() ? focus : amortized; }
};

// Proves one month. Everything but the sums of the source comes from the files of the lake.
class MonthProver {
 public:
  MonthProver(LakeReader& reader, const PublishedMonth& month, std::int64_t rows_at_once, MonthProof& proof)
      : reader_(reader),
        control_plane_(reader.control_plane()),
        month_(month),
        rows_at_once_(rows_at_once),
        proof_(proof) {}

  Result<void> run(const std::vector<Import>& imports) {
    if (!month_.charge_set) {
      fail("no charges of this month are published");
      return ok();
    }
    proof_.timing_rows = month_.charge_set->timing_rows;
    APPORTION_TRY(find_sources(imports));
    APPORTION_TRY(add_notes());
    APPORTION_TRY(find_carries());
    if (has_damage()) return ok();  // what a damaged file holds proves nothing
    APPORTION_TRY(count_rows());
    APPORTION_ASSIGN(const Snapshot snapshot, Snapshot::of(control_plane_, ReadScope::of_partner(), {month_}));
    APPORTION_TRY(reader_.open_stored_relations(snapshot));
    APPORTION_TRY(note_filled_costs());
    add_source_sums();
    add_metric_sources();
    APPORTION_TRY(add_charge_sums());
    APPORTION_TRY(add_timing_rows());
    APPORTION_TRY(find_ranges());
    APPORTION_TRY(add_assigned_sums());
    for (const Carry& carry : carries_) APPORTION_TRY(add_carry(carry));
    APPORTION_TRY(judge_newest_carry(imports));
    if (month_.split) {
      APPORTION_TRY(check_assignments());
      APPORTION_TRY(check_cubes());
    } else {
      fail("the month is not split");
    }
    judge_sums();
    compare_with_focus(imports);
    return ok();
  }

 private:
  void fail(std::string reason) { proof_.reasons.push_back(std::move(reason)); }

  Result<void> find_sources(const std::vector<Import>& imports) {
    for (const ImportId id : month_.charge_set->imports) {
      const auto found = std::ranges::find(imports, id, &Import::id);
      if (found == imports.end()) {
        fail(fmt::format("import {} has published charges, but is not in the catalog", id.raw()));
        continue;
      }
      if (found->dataset == Dataset::kActualCost) sources_.actual = *found;
      if (found->dataset == Dataset::kAmortizedCost) sources_.amortized = *found;
      if (found->dataset == Dataset::kFocusCost) sources_.focus = *found;
    }
    if (sources_.is_focus()) return ok();
    if (!sources_.actual) fail("no actual costs were imported, so what was billed is unknown");
    if (!sources_.amortized) fail("no amortized costs were imported, so effective costs are unknown");
    return ok();
  }

  // Out of this month and into it.
  Result<void> find_carries() {
    APPORTION_ASSIGN(carries_, control_plane_.carries(month_.connection.id));
    std::erase_if(carries_, [this](const Carry& carry) {
      return !carry.counts() || (carry.from != month_.month.month && carry.to != month_.month.month);
    });
    for (const Carry& carry : carries_) {
      const bool is_out = carry.from == month_.month.month;
      proof_.notes.push_back(fmt::format("carry {}, {} {}: {}", carry.id.raw(), count_of(carry.file.rows, "row"),
                                         is_out ? "to " + carry.to.to_string() : "from " + carry.from.to_string(),
                                         carry.reason));
    }
    return ok();
  }

  // The sums of its rows, which must be those that were noted when it was made.
  Result<void> add_carry(const Carry& carry) {
    const bool is_out = carry.from == month_.month.month;
    std::vector<CarryTotal> sums;
    APPORTION_TRY(reader_.open_carried_changes("proof_carried", std::span(&carry.file, 1)));
    APPORTION_TRY(reader_.engine().query(sql::kProofCarriedSql, {}, [&](const EngineRow& row) {
      const auto currency = Currency::parse(row.text(0));
      APPORTION_CHECK(currency, "a stored charge has a currency");
      const CarryTotal& sum =
          sums.emplace_back(CarryTotal{*currency, std::string(row.text(1)), row.decimal(2), decimal_at(row, 3)});
      Cell& cell = cells_[{sum.currency, sum.charge_category}];
      add_known(is_out ? cell.billed.carried_out : cell.billed.carried_in, sum.billed);
      add_known(is_out ? cell.effective.carried_out : cell.effective.carried_in, sum.effective);
      return ok();
    }));
    if (sums != carry.totals)
      fail(fmt::format("the rows of carry {} do not add up to what was carried", carry.id.raw()));
    return ok();
  }

  // What the files of the newest charges say that were carried = the charges in force and all that was carried out.
  Result<void> judge_newest_carry(const std::vector<Import>& imports) {
    const auto newest = std::ranges::find(carries_.rbegin(), carries_.rend(), month_.month.month, &Carry::from);
    if (newest == carries_.rend()) return ok();
    APPORTION_ASSIGN(const ChargeSet newer, control_plane_.charge_set(newest->charge_set));
    std::map<CurrencyAndCategory, Decimal> billed;
    std::map<CurrencyAndCategory, Decimal> effective;
    bool knows_effective = true;
    for (const auto& [key, cell] : cells_) {
      billed[key] = cell.billed.charges + *cell.billed.carried_out;
      effective[key] = cell.effective.charges + cell.effective.carried_out.value_or(Decimal());
      knows_effective = knows_effective && cell.effective.carried_out;
    }
    bool has_billed = false;
    bool has_effective = false;
    for (const Import& import : imports) {
      if (std::ranges::find(newer.imports, import.id) == newer.imports.end()) continue;
      const bool tells_billed = import.dataset != Dataset::kAmortizedCost;
      const bool tells_effective = import.dataset != Dataset::kActualCost;
      has_billed = has_billed || tells_billed;
      has_effective = has_effective || tells_effective;
      for (const ImportTotal& total : import.totals) {
        const CurrencyAndCategory key(total.currency, total.charge_category);
        if (tells_billed) billed[key] += total.billed.negated();
        if (tells_effective) effective[key] += (total.effective + total.mended_effective).negated();
      }
    }
    if (has_billed) judge_carried("billed", billed);
    if (has_effective && knows_effective) judge_carried("effective", effective);
    return ok();
  }

  void judge_carried(const char* metric, const std::map<CurrencyAndCategory, Decimal>& rests) {
    for (const auto& [key, rest] : rests) {
      if (rest.is_zero()) continue;
      fail(fmt::format("{} cost of {} in {}: charges and what was carried out differ from the newer files by {}",
                       metric, key.second.empty() ? "no category" : key.second, key.first.code(), rest.to_string()));
    }
  }

  // Whether a file of the month is not as it was published; each is a reason.
  bool has_damage() {
    std::vector<LakeFile> files = files_of(*month_.charge_set);
    for (const auto& source : {sources_.actual, sources_.amortized, sources_.focus}) {
      if (!source) continue;
      for (const ImportFile& file : source->files) files.push_back(file.file);
    }
    for (const Carry& carry : carries_) files.push_back(carry.file);
    if (month_.split) std::ranges::copy(files_of(*month_.split), std::back_inserter(files));
    std::ranges::sort(files, {}, &LakeFile::path);
    const auto same_path = [](const LakeFile& one, const LakeFile& other) { return one.path == other.path; };
    files.erase(std::unique(files.begin(), files.end(), same_path), files.end());
    bool found = false;
    for (const LakeFile& file : files) {
      const auto damage = reader_.damage_of(file, FileCheck::kContent);
      if (!damage) continue;
      found = true;
      fail(damage->message());
    }
    return found;
  }

  Result<void> add_notes() {
    for (const auto& source : {sources_.actual, sources_.amortized, sources_.focus}) {
      if (!source) continue;
      const std::string name = fmt::format("the {} run", dataset_name(source->dataset));
      if (!has_metric_totals(*source)) {
        proof_.notes.push_back(
            name +
            " was imported by a version that did not yet note list costs, contracted costs and quantities: their proof "
            "begins with the charges");
      }
      if (!source->verified) proof_.notes.push_back(name + " had no manifest to compare it with");
      for (const std::string_view mark : split_text(source->marks, '\n')) {
        if (!mark.empty()) proof_.notes.push_back(fmt::format("{}: {}", name, mark));
      }
    }
    if (month_.month.locked && proof_.status.has_gap) proof_.notes.push_back("the month is " + proof_.status.reason);
    APPORTION_ASSIGN(const auto held, control_plane_.held_charges(month_.connection.id, month_.month.month));
    for (const HeldCharges& one : held) {
      if (one.decision != HoldDecision::kOpen && one.decision != HoldDecision::kLeft) continue;
      proof_.notes.push_back(fmt::format("newer charges are {}, so this proof leaves them out: {}",
                                         one.decision == HoldDecision::kOpen ? "held" : "left out of force",
                                         one.hold.detail));
      break;
    }
    APPORTION_ASSIGN(
        const auto twice,
        costs_that_count_twice(control_plane_, ReadScope::of_partner(month_.connection.name, month_.month.month)));
    proof_.notes.insert(proof_.notes.end(), twice.begin(), twice.end());
    return ok();
  }

  Result<void> count_rows() {
    for (const auto& source : {sources_.actual, sources_.amortized, sources_.focus}) {
      if (!source) continue;
      std::vector<LakeFile> files;
      for (const ImportFile& file : source->files) files.push_back(file.file);
      APPORTION_TRY(reader_.open_charges("proof_import_rows", files));
      const std::vector<EngineValue> values{source->id.raw()};
      std::int64_t stored = 0;
      APPORTION_TRY(reader_.engine().query(sql::kProofRowsSql, values, [&](const EngineRow& row) {
        stored = row.integer(0);
        return ok();
      }));
      judge_rows(*source, stored);
      proof_.rows.source += source->rows_source;
      proof_.rows.stored += stored;
      proof_.rows.rejected += source->rows_rejected;
    }
    return ok();
  }

  void judge_rows(const Import& source, std::int64_t stored) {
    if (source.rows_rejected != 0) {
      fail(count_of(source.rows_rejected, fmt::format("row of import {} was rejected", source.id.raw()),
                    fmt::format("rows of import {} were rejected", source.id.raw())));
    }
    if (source.rows_source != stored + source.rows_rejected) {
      fail(fmt::format("import {} has {} in its source, but {} stored and {} rejected", source.id.raw(),
                       count_of(source.rows_source, "row"), stored, source.rows_rejected));
    }
  }

  void add_source_sums() {
    const auto& billed = sources_.of_billed();
    const auto& effective = sources_.of_effective();
    if (billed) {
      for (const ImportTotal& total : billed->totals) {
        cell(total).billed.source = total.billed;
        cell(total).billed.remainder = total.billed_remainder;
      }
    }
    if (!effective) return;
    for (const ImportTotal& total : effective->totals) {
      cell(total).effective.source = total.effective;
      cell(total).effective.mended = total.mended_effective;
      cell(total).effective.remainder = total.effective_remainder;
    }
  }

  void add_metric_sources() {
    const auto noted = metric_totals_of_charges(sources_.all());
    knows_metric_sources_ = noted.has_value();
    if (!noted) return;
    for (const ImportMetricTotal& total : *noted)
      cells_[{total.currency, total.charge_category}].noted[index_of(total.metric)].sum += total.sum;
  }

  Cell& cell(const ImportTotal& total) { return cells_[{total.currency, total.charge_category}]; }

  Cell& cell(const EngineRow& row) {
    const auto currency = Currency::parse(row.text(0));
    APPORTION_CHECK(currency, "a stored charge has a currency");
    return cells_[{*currency, std::string(row.text(1))}];
  }

  // Hands out what `relation` sums to, with the rows of each metric that lack it.
  Result<void> read_charge_sums(
      std::string_view relation,
      const std::function<void(const EngineRow&, const std::array<std::int64_t, kChargeMetrics.size()>&)>& visit) {
    const std::string sums = fmt::format(fmt::runtime(sql::kProofChargesSql), fmt::arg("charges", relation));
    return reader_.engine().query(sums, {}, [&](const EngineRow& row) {
      std::array<std::int64_t, kChargeMetrics.size()> unknown{};
      for (std::size_t i = 0; i < unknown.size(); ++i) unknown[i] = row.integer(4) - row.integer(6 + 2 * i);
      visit(row, unknown);
      return ok();
    });
  }

  Result<void> add_charge_sums() {
    return read_charge_sums("charges", [this](const EngineRow& row, const auto& unknown) {
      Cell& sums = cell(row);
      sums.billed.charges = row.decimal(2);
      sums.effective.charges = row.decimal(3);
      for (std::size_t i = 0; i < unknown.size(); ++i) {
        sums.metrics[i].charges = decimal_at(row, 5 + 2 * i);
        sums.metrics[i].unknown_rows = unknown[i];
      }
    });
  }

  // Timing rows come from no row of a file: what they lack nobody noted.
  Result<void> add_timing_rows() {
    std::vector<LakeFile> timing = month_.charge_set->files;
    for (const auto& source : {sources_.actual, sources_.amortized, sources_.focus}) {
      if (!source) continue;
      for (const ImportFile& file : source->files)
        std::erase_if(timing, [&file](const LakeFile& one) { return one.path == file.file.path; });
    }
    // Rows that others stood in for come from a file, too.
    std::erase_if(timing, [](const LakeFile& one) {
      return std::filesystem::path(one.path).filename() == lake_file_name(LakeContent::kWholeMirror);
    });
    if (timing.empty()) return ok();
    APPORTION_TRY(reader_.open_charges("proof_timing_rows", timing));
    return read_charge_sums("proof_timing_rows", [this](const EngineRow& row, const auto& unknown) {
      for (std::size_t i = 0; i < unknown.size(); ++i) cell(row).noted[i].unknown_timing_rows = unknown[i];
    });
  }

  // List and contracted costs that the files leave open. Neither billed nor effective costs are ever filled.
  Result<void> note_filled_costs() {
    return reader_.engine().query(sql::kProofFilledSql, {}, [&](const EngineRow& row) {
      const auto currency = Currency::parse(row.text(0));
      APPORTION_CHECK(currency, "a stored charge has a currency");
      Cell& usage = cells_[{*currency, "Usage"}];  // nothing else is filled
      std::size_t place = 1;
      for (const ChargeMetric metric : {ChargeMetric::kListCost, ChargeMetric::kContractedCost}) {
        const std::int64_t rows = row.integer(place);
        const Decimal filled = row.decimal(place + 1);
        usage.metrics[index_of(metric)].filled = filled;
        usage.noted[index_of(metric)].filled_rows = row.integer(place + 2);
        place += 3;
        if (rows == 0) continue;
        proof_.notes.push_back(fmt::format("price sheets raise the {} of {} by {} {}", charge_metric_words(metric),
                                           count_of(rows, "row"), filled.to_string(), currency->code()));
      }
      return ok();
    });
  }

  // Joins hold what they compare in memory, so it is done for some charges after others. Together the ranges have all
  // ids that there can be.
  Result<void> find_ranges() {
    constexpr std::int64_t kWidth = 65'536;
    constexpr std::int64_t kLargest = std::numeric_limits<std::int64_t>::max();
    const std::string counts = fmt::format(fmt::runtime(sql::kProofRowIdsSql), fmt::arg("width", kWidth));
    ranges_ = {{-kLargest, kLargest}};
    std::int64_t all = 0;
    for (const LakeFile& file : month_.charge_set->files) all += file.rows;
    if (all <= rows_at_once_) return ok();
    std::int64_t rows = 0;
    return reader_.engine().query(counts, {}, [&](const EngineRow& row) {
      const std::int64_t first = row.integer(0);
      if (rows != 0 && rows + row.integer(1) > rows_at_once_) {
        ranges_.back().last = first - 1;
        ranges_.push_back({first, kLargest});
        rows = 0;
      }
      rows += row.integer(1);
      return ok();
    });
  }

  Result<void> add_assigned_sums() {
    for (const RowRange& range : ranges_) {
      APPORTION_TRY(reader_.engine().query(range.in(sql::kProofAssignedSql), {}, [&](const EngineRow& row) {
        Cell& sums = cell(row);
        const bool is_unassigned = row.integer(2) != 0;
        Decimal ProofSums::*const part = is_unassigned ? &ProofSums::unassigned : &ProofSums::assigned;
        sums.billed.*part += row.decimal(3);
        sums.effective.*part += row.decimal(4);
        for (std::size_t i = 0; i < sums.metrics.size(); ++i)
          add(is_unassigned ? sums.metrics[i].unassigned : sums.metrics[i].assigned, decimal_at(row, 5 + i));
        return ok();
      }));
    }
    return ok();
  }

  // What the assignments of charges were found to be.
  struct AssignmentCounts {
    std::int64_t charges = 0;
    std::int64_t distinct_charges = 0;
    std::int64_t assignments = 0;
    std::int64_t assigned_charges = 0;
    std::int64_t broken_shares = 0;
    std::int64_t broken_moves = 0;
  };

  Result<void> check_assignments() {
    AssignmentCounts all;
    for (const RowRange& range : ranges_) {
      APPORTION_TRY(reader_.engine().query(range.in(sql::kProofAssignmentsSql), {}, [&](const EngineRow& row) {
        all.charges += row.integer(0);
        all.distinct_charges += row.integer(1);
        all.assignments += row.integer(2);
        all.assigned_charges += row.integer(3);
        all.broken_shares += row.integer(4);
        all.broken_moves += row.integer(5);
        return ok();
      }));
    }
    judge(all);
    return ok();
  }

  void judge(const AssignmentCounts& all) {
    if (all.distinct_charges != all.charges)
      fail(fmt::format("{} share only {}", count_of(all.charges, "charge"), count_of(all.distinct_charges, "row id")));
    if (all.assignments != all.charges || all.assigned_charges != all.charges) {
      fail(fmt::format("each charge must be assigned once, whole or in shares: of {}, {} reached by {}",
                       count_of(all.charges, "charge"), count_of(all.assigned_charges, "is", "are"),
                       count_of(all.assignments, "assignment")));
    }
    if (all.broken_shares != 0)
      fail(fmt::format("the shares of {} do not add up to the whole", count_of(all.broken_shares, "charge")));
    if (all.broken_moves != 0)
      fail(fmt::format("the moves of {} do not add up to zero", count_of(all.broken_moves, "charge")));
  }

  // A category that the source does not have is worth nothing there; only a missing import makes the source unknown.
  // What cubes answer must be what the assignments come to, in each currency and category.
  Result<void> check_cubes() {
    for (const CubeDefinition& cube : cube_definitions()) {
      if (!cube.is_of(month_.split)) continue;
      APPORTION_ASSIGN(const CubeSums sums, cube_sums(cube));
      if (sums != expected_sums(cube)) fail(fmt::format("{} does not add up to the assignments", cube.name));
    }
    return ok();
  }

  // By currency, category, and whether nobody got it: the four costs.
  using CubeSums = std::map<std::tuple<Currency, std::string, bool>, std::array<Decimal, 4>>;

  Result<CubeSums> cube_sums(const CubeDefinition& cube) {
    CubeSums sums;
    APPORTION_ASSIGN(const std::string rows, reader_.lake().rows_of(reader_.scratch(), (*month_.split).*cube.files));
    const std::string statement = fmt::format(
        fmt::runtime(sql::kProofCubeSql), fmt::arg("cells", rows),
        fmt::arg("is_unassigned", cube.has_customer ? "CASE WHEN CustomerId = 'unassigned' THEN 1 ELSE 0 END" : "0"));
    APPORTION_TRY(reader_.engine().query(statement, {}, [&](const EngineRow& row) {
      const auto currency = Currency::parse(row.text(0));
      APPORTION_CHECK(currency, "a stored charge has a currency");
      auto& of_cell =
          sums[{*currency, std::string(row.is_null(1) ? std::string_view() : row.text(1)), row.integer(2) != 0}];
      for (std::size_t i = 0; i < of_cell.size(); ++i) of_cell[i] = decimal_at(row, 3 + i).value_or(Decimal());
      return ok();
    }));
    std::erase_if(sums, [](const auto& sum) { return sum.second == std::array<Decimal, 4>(); });
    return sums;
  }

  CubeSums expected_sums(const CubeDefinition& cube) const {
    CubeSums sums;
    for (const auto& [key, cell] : cells_) {
      for (const bool is_unassigned : {false, true}) {
        const auto part = is_unassigned ? &ProofSums::unassigned : &ProofSums::assigned;
        const auto metric_part = is_unassigned ? &MetricProof::unassigned : &MetricProof::assigned;
        auto& sum = sums[{key.first, key.second, cube.has_customer && is_unassigned}];
        sum[0] += cell.billed.*part;
        sum[1] += cell.effective.*part;
        sum[2] += (cell.metrics[index_of(ChargeMetric::kListCost)].*metric_part).value_or(Decimal());
        sum[3] += (cell.metrics[index_of(ChargeMetric::kContractedCost)].*metric_part).value_or(Decimal());
      }
    }
    std::erase_if(sums, [](const auto& sum) { return sum.second == std::array<Decimal, 4>(); });
    return sums;
  }

  void judge_sums() {
    std::map<Currency, CurrencyProof> currencies;
    for (auto& [key, sums] : cells_) {
      const auto& [currency, category] = key;
      if (sources_.of_billed() && !sums.billed.source) sums.billed.source = Decimal();
      if (sources_.of_effective() && !sums.effective.source) sums.effective.source = Decimal();
      judge(currency, category, "billed", sums.billed);
      judge(currency, category, "effective", sums.effective);
      for (const ChargeMetric metric : kChargeMetrics) judge(currency, category, metric, sums);
      CurrencyProof& total = currencies.try_emplace(currency, CurrencyProof{currency, {}, {}, {}, {}}).first->second;
      add(total.billed, sums.billed);
      add(total.effective, sums.effective);
      for (std::size_t i = 0; i < sums.metrics.size(); ++i) add(total.metrics[i], sums.metrics[i]);
      total.by_category.push_back({category, sums.billed, sums.effective, sums.metrics});
    }
    for (auto& [currency, total] : currencies) proof_.currencies.push_back(std::move(total));
  }

  void judge(Currency currency, const std::string& category, const char* metric, const ProofSums& sums) {
    const Decimal difference = sums.difference();
    if (difference.is_zero()) return;
    fail(fmt::format("{} cost of {} in {} differs by {}", metric, category_words(category), currency.code(),
                     difference.to_string()));
  }

  static std::string_view category_words(const std::string& category) {
    return category.empty() ? "no category" : std::string_view(category);
  }

  void judge(Currency currency, const std::string& category, ChargeMetric metric, Cell& sums) {
    MetricProof& proof = sums.metrics[index_of(metric)];
    const NotedMetric& noted = sums.noted[index_of(metric)];
    const std::string what =
        fmt::format("{} of {} in {}", charge_metric_words(metric), category_words(category), currency.code());
    if (knows_metric_sources_) {
      const bool is_told = noted.sum.known_rows() != 0 || !noted.sum.mended().is_zero();
      if (is_told) proof.source = noted.sum.source();
      proof.mended = noted.sum.mended();
      if (!noted.sum.source()) proof_.notes.push_back(what + " is too large to add up, so its source is not proved");
      const std::int64_t unknown = noted.sum.unknown_rows() + noted.unknown_timing_rows - noted.filled_rows;
      if (proof.unknown_rows != unknown) {
        fail(fmt::format("{} is unknown in {}, but {} lacked it when they were read", what,
                         count_of(proof.unknown_rows, "charge"), count_of(unknown, "row")));
      }
      // What no row of a file has, no charge may have.
      if (!is_told && proof.charges && !proof.charges->is_zero()) proof.source = Decimal();
    }
    if (const Decimal difference = proof.difference(); !difference.is_zero())
      fail(fmt::format("{} differs by {}", what, difference.to_string()));
  }

  void compare_with_focus(const std::vector<Import>& imports) {
    if (sources_.is_focus()) return;
    const auto newest = live_import(imports, Dataset::kFocusCost);
    if (!newest) return;
    std::map<Currency, FocusComparison> differences;
    const auto difference = [&](Currency currency) -> FocusComparison& {
      return differences.try_emplace(currency, FocusComparison{currency, {}, {}}).first->second;
    };
    for (const ImportTotal& total : newest->totals) {
      difference(total.currency).billed_difference += total.billed;
      difference(total.currency).effective_difference += total.effective;
    }
    for (const CurrencyProof& currency : proof_.currencies) {
      difference(currency.currency).billed_difference += currency.billed.charges.negated();
      difference(currency.currency).effective_difference += currency.effective.charges.negated();
    }
    for (const auto& [currency, comparison] : differences) proof_.focus.push_back(comparison);
  }

  LakeReader& reader_;
  const ControlPlane& control_plane_;
  const PublishedMonth& month_;
  const std::int64_t rows_at_once_;
  MonthProof& proof_;
  std::vector<RowRange> ranges_;
  Sources sources_;
  std::vector<Carry> carries_;
  std::map<CurrencyAndCategory, Cell> cells_;
  bool knows_metric_sources_ = false;
};

}  // namespace

std::string ProofSums::source_text() const { return source ? exact_text(*source, remainder) : std::string(); }

namespace {

Decimal difference_of(const std::optional<Decimal>& source, Decimal mended, Decimal charges, Decimal assigned,
                      Decimal unassigned) {
  const Decimal lost_on_the_way_in = source ? *source + mended - charges : Decimal();
  return lost_on_the_way_in.is_zero() ? charges - assigned - unassigned : lost_on_the_way_in;
}

}  // namespace

Decimal ProofSums::difference() const { return difference_of(source, mended, charges, assigned, unassigned); }

Decimal MetricProof::difference() const {
  const auto sum = [](const std::optional<Decimal>& of) { return of.value_or(Decimal()); };
  return difference_of(source, mended + filled, sum(charges), sum(assigned), sum(unassigned));
}

namespace {

// What is carried out of months must come into months.
void compare_carries(Proof& proof) {
  std::map<Currency, CurrencyCarried> sums;
  for (const MonthProof& month : proof.months) {
    for (const CurrencyProof& currency : month.currencies) {
      CurrencyCarried& sum =
          sums.try_emplace(currency.currency, CurrencyCarried{currency.currency, {}, {}}).first->second;
      add_known(sum.billed.out, currency.billed.carried_out);
      add_known(sum.billed.in, currency.billed.carried_in);
      add_known(sum.effective.out, currency.effective.carried_out);
      add_known(sum.effective.in, currency.effective.carried_in);
    }
  }
  for (const auto& [currency, sum] : sums) {
    bool is_some = false;
    for (const auto& [metric, both] : {std::pair("billed", &sum.billed), std::pair("effective", &sum.effective)}) {
      is_some = is_some || both->out != Decimal() || both->in != Decimal();
      if (both->out == both->in) continue;
      proof.reasons.push_back(fmt::format(
          "{} cost in {}: what is carried out of months differs from what is carried in", metric, currency.code()));
    }
    if (is_some) proof.carried.push_back(sum);
  }
}

}  // namespace

bool Proof::holds() const {
  return reasons.empty() && std::ranges::all_of(months, [](const MonthProof& month) { return month.holds(); }) &&
         std::ranges::all_of(invoices, [](const InvoiceProof& invoice) { return invoice.holds(); });
}

Result<Proof> prove(LakeReader& reader, const ReadScope& scope, Day today, std::int64_t rows_at_once) {
  const ControlPlane& control_plane = reader.control_plane();
  APPORTION_TRY(require_partner(scope, "the proof of the months"));
  Proof proof;
  APPORTION_ASSIGN(const std::vector<Error> damages, control_plane.damages(PlaneCheck::kWhole));
  for (const Error& damage : damages) proof.reasons.push_back(damage.message());
  proof.control_plane_is_sound = damages.empty();
  if (!proof.control_plane_is_sound) return proof;  // what it says of its months proves nothing
  APPORTION_ASSIGN(const std::vector<PublishedMonth> months, published_months(control_plane, scope));
  if (months.empty()) proof.reasons.emplace_back("no bill month is in scope: there is nothing to prove");
  for (const PublishedMonth& month : months) {
    APPORTION_ASSIGN(const std::vector<Import> imports, control_plane.imports(month.connection.id, month.month.month));
    MonthProof month_proof{.connection = month.connection.name,
                           .month = month.month.month,
                           .status = month_status(month.month, imports, month.charge_set, today),
                           .rows = {},
                           .currencies = {},
                           .focus = {},
                           .reasons = {}};
    APPORTION_TRY(MonthProver(reader, month, rows_at_once, month_proof).run(imports));
    proof.months.push_back(std::move(month_proof));
  }
  if (!scope.month) compare_carries(proof);
  return proof;
}

}  // namespace apportion
