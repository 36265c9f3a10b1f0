#include "azure/sas.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <vector>

#include <fmt/format.h>

#include "foundation/base/date.h"
#include "foundation/base/percent_decoded.h"
#include "foundation/base/text.h"

namespace apportion {
namespace {

constexpr std::int64_t kSecondsPerDay = 86'400;
constexpr std::string_view kMakeNew = "create a new SAS and give it to the connection";

std::optional<int> two_digits(std::string_view text, std::size_t at, int most) {
  if (at + 2 > text.size()) return std::nullopt;
  int number = 0;
  const auto read = std::from_chars(text.data() + at, text.data() + at + 2, number);
  if (read.ptr != text.data() + at + 2 || number < 0 || number > most) return std::nullopt;
  return number;
}

// `2026-11-30`, `2026-11-30T10:00Z`, `2026-11-30T10:00:00Z`, `2026-11-30T10:00:00.0000000Z`
std::optional<std::int64_t> seconds_of(std::string_view text) {
  constexpr std::size_t kDayLength = 10;
  const auto day = Day::parse(text.substr(0, kDayLength));
  if (!day) return std::nullopt;
  std::int64_t seconds = std::int64_t{day->days_since_epoch()} * kSecondsPerDay;
  if (text.size() == kDayLength) return seconds;
  const auto hour = two_digits(text, 11, 23), minute = two_digits(text, 14, 59);
  if (text[kDayLength] != 'T' || !text.ends_with('Z') || !hour || !minute || text[13] != ':') return std::nullopt;
  seconds += *hour * 3600 + *minute * 60;
  if (text[16] == 'Z') return seconds;
  const auto second = two_digits(text, 17, 59);
  if (text[16] != ':' || !second) return std::nullopt;
  return seconds + *second;
}

Error no_sas(std::string why) {
  return {ErrorId::kSasInvalid, "this is not a SAS", "", std::move(why),
          "copy the whole SAS token from the portal, from `sv=` or `?sv=` to the end of `sig=`"};
}

struct TextField {
  std::string_view name;
  std::string Sas::*field;
};
constexpr auto kTextFields = std::to_array<TextField>({{"sp", &Sas::permissions},
                                                       {"ss", &Sas::services},
                                                       {"srt", &Sas::resource_types},
                                                       {"sr", &Sas::resource},
                                                       {"spr", &Sas::protocol},
                                                       {"si", &Sas::policy}});

Result<void> read_time(std::string_view name, const std::string& value, Sas& sas) {
  if (name != "st" && name != "se" && name != "ske") return ok();
  const auto seconds = seconds_of(value);
  if (!seconds) return no_sas(fmt::format("`{}` is not a time: {}", name, excerpt(value)));
  if (name == "st") {
    sas.starts_at = *seconds;
  } else {
    sas.ends_at = std::min(sas.ends_at.value_or(*seconds), *seconds);
  }
  return ok();
}

struct Letter {
  char letter;
  std::string_view name;
};
constexpr auto kPermissions = std::to_array<Letter>(
    {{'r', "read"}, {'a', "add"}, {'c', "create"}, {'w', "write"}, {'d', "delete"}, {'l', "list"}});
constexpr auto kResourceTypes = std::to_array<Letter>({{'s', "service"}, {'c', "container"}, {'o', "object"}});

// The names of letters that are needed but not there: `list (l), read (r)`.
template <std::size_t Count>
std::string missing(std::string_view needed, const std::string& there, const std::array<Letter, Count>& names) {
  std::string text;
  for (const Letter& row : names) {
    const bool is_missing =
        needed.find(row.letter) != std::string_view::npos && there.find(row.letter) == std::string::npos;
    if (!is_missing) continue;
    if (!text.empty()) text += ", ";
    text += fmt::format("{} ({})", row.name, row.letter);
  }
  return text;
}

std::vector<std::string> faults_of(const Sas& sas, const SasNeed& need) {
  std::vector<std::string> faults;
  const bool letters_are_elsewhere = !sas.policy.empty() && sas.permissions.empty();
  const std::string permissions = missing(need.permissions, sas.permissions, kPermissions);
  if (!permissions.empty() && !letters_are_elsewhere) {
    faults.push_back(fmt::format("its permissions (sp={}) lack {}", excerpt(sas.permissions), permissions));
  }
  if (sas.is_of_account()) {
    if (sas.services.find('b') == std::string::npos) {
      faults.push_back(fmt::format("its services (ss={}) lack blob (b)", excerpt(sas.services)));
    }
    const std::string types = missing(need.resource_types, sas.resource_types, kResourceTypes);
    if (!types.empty()) {
      faults.push_back(fmt::format("its resource types (srt={}) lack {}", excerpt(sas.resource_types), types));
    }
  } else if (need.of_account) {
    faults.emplace_back("it is for one container, but one for the account is required");
  } else if (sas.resource != "c" && sas.resource != "d") {
    faults.push_back(fmt::format("it is for a single blob (sr={}), so nothing can be listed", excerpt(sas.resource)));
  }
  return faults;
}

std::string day_text(std::int64_t epoch_seconds) {
  const std::int64_t seconds = ((epoch_seconds % kSecondsPerDay) + kSecondsPerDay) % kSecondsPerDay;
  const Day day(static_cast<std::int32_t>((epoch_seconds - seconds) / kSecondsPerDay));
  return fmt::format("{}T{:02}:{:02}:{:02}Z", day.to_string(), seconds / 3600, seconds / 60 % 60, seconds % 60);
}

}  // namespace

Result<Sas> parse_sas(std::string_view text) {
  text = trim(text);
  const auto mark = text.find('?');
  if (mark != std::string_view::npos) text.remove_prefix(mark + 1);
  text = text.substr(0, text.find('#'));
  const bool is_printable = std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f; });
  if (!is_printable) return no_sas("it contains a blank or a line break");
  Sas sas;
  sas.query = text;
  bool is_signed = false;
  for (const std::string_view parameter : split_text(text, '&')) {
    const auto equals = std::min(parameter.find('='), parameter.size());
    const std::string_view name = parameter.substr(0, equals);
    const std::string value = percent_decoded(parameter.substr(std::min(equals + 1, parameter.size())));
    is_signed = is_signed || (name == "sig" && !value.empty());
    for (const TextField& row : kTextFields) {
      if (name == row.name) sas.*row.field = value;
    }
    APPORTION_TRY(read_time(name, value, sas));
  }
  if (!is_signed) return no_sas("the signature (sig=) is missing");
  return sas;
}

UrlAndSas split_sas(std::string_view url) {
  url = url.substr(0, url.find('#'));
  const auto mark = url.find('?');
  if (mark == std::string_view::npos) return {std::string(url), ""};
  return {std::string(url.substr(0, mark)), std::string(url.substr(mark + 1))};
}

Result<void> check_sas(const Sas& sas, const SasNeed& need, std::int64_t epoch_seconds, std::string where) {
  const auto refused = [&](std::string why, std::string next) {
    return Error{ErrorId::kSasUnusable, fmt::format("the SAS does not allow {}", need.purpose), std::move(where),
                 std::move(why), std::move(next)};
  };
  if (sas.ends_at && *sas.ends_at <= epoch_seconds) {
    return refused(fmt::format("it expired at {}", day_text(*sas.ends_at)), std::string(kMakeNew));
  }
  if (sas.starts_at && *sas.starts_at > epoch_seconds) {
    return refused(fmt::format("it is not valid before {}", day_text(*sas.starts_at)),
                   "wait until then, or create a new SAS without a start; check the clock of this machine");
  }
  const auto faults = faults_of(sas, need);
  if (faults.empty()) return ok();
  return refused(fmt::format("{}", fmt::join(faults, "; ")),
                 fmt::format("create one with sp={}; an account SAS also needs ss=b and srt=sco", need.permissions));
}

std::optional<std::int64_t> days_left(const Sas& sas, std::int64_t epoch_seconds) {
  if (!sas.ends_at) return std::nullopt;
  const std::int64_t seconds = *sas.ends_at - epoch_seconds;
  return seconds >= 0 ? seconds / kSecondsPerDay : -1 - (-seconds - 1) / kSecondsPerDay;
}

}  // namespace apportion
