#include "foundation/yaml/dated_lists.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "foundation/base/nearest_text.h"
#include "foundation/base/text.h"

namespace apportion {
namespace {

struct DatedList {
  Month effective;
  TextPosition at;
};

std::optional<Month> read_month(const YamlNode& list, std::string_view what, FileProblems& problems) {
  const YamlNode* effective = list.find("effective");
  const auto month = effective == nullptr ? std::nullopt : Month::parse(effective->text);
  if (!month) {
    problems.add(effective == nullptr ? list.at : effective->at, fmt::format("a {} has no month", what),
                 effective == nullptr ? "`effective` is missing" : fmt::format("found `{}`", excerpt(effective->text)),
                 "write effective: YYYY-MM, the first month in which the list is in force");
  }
  return month;
}

void note_twins(std::vector<DatedList> lists, FileProblems& problems) {
  std::ranges::stable_sort(lists, {}, &DatedList::effective);
  for (std::size_t i = 1; i < lists.size(); ++i) {
    if (lists[i].effective != lists[i - 1].effective) continue;
    problems.add(lists[i].at, fmt::format("two lists are effective from {}", lists[i].effective.to_string()),
                 fmt::format("the first one is on line {}", lists[i - 1].at.line),
                 "merge them, or give one of them another month");
  }
}

}  // namespace

std::string_view kind_name(const YamlNode& node) {
  switch (node.kind) {
    case YamlNode::Kind::kNothing: return "nothing";
    case YamlNode::Kind::kText: return "a text";
    case YamlNode::Kind::kList: return node.items.empty() ? "an empty list" : "a list";
    case YamlNode::Kind::kMap: return node.entries.empty() ? "an empty map" : "a map";
  }
  return "";
}

std::string did_you_mean(std::string_view nearest, std::string otherwise) {
  return nearest.empty() ? std::move(otherwise) : fmt::format("did you mean `{}`?", nearest);
}

bool check_map(const YamlNode& node, std::string_view what, std::span<const std::string_view> keys,
               FileProblems& problems) {
  if (node.kind != YamlNode::Kind::kMap) {
    problems.add(node.at, fmt::format("{} is not a map", what), fmt::format("it is {}", kind_name(node)),
                 fmt::format("write `{}: …`", keys[0]));
    return false;
  }
  for (const YamlEntry& entry : node.entries) {
    if (std::ranges::find(keys, entry.key) != keys.end()) continue;
    problems.add(entry.key_at, fmt::format("{} has no key `{}`", what, excerpt(entry.key)),
                 fmt::format("its keys are {}", fmt::join(keys, ", ")),
                 did_you_mean(nearest_text(entry.key, {keys.begin(), keys.end()}), "remove it"));
  }
  return true;
}

void read_dated_lists(const YamlNode& root, std::string_view what, std::span<const std::string_view> keys,
                      FileProblems& problems,
                      const std::function<void(const YamlNode& list, std::optional<Month> effective)>& read) {
  if (root.kind != YamlNode::Kind::kList) {
    if (!problems.empty()) return;  // what could not be read is no list either
    problems.add(root.at,
                 root.kind == YamlNode::Kind::kNothing ? "the file is empty"
                                                       : fmt::format("the file is not a list of {}s", what),
                 fmt::format("found {}; expected dated {}s", kind_name(root), what),
                 "start with `- effective: 2026-01`; write an empty list as []");
    return;
  }
  std::vector<DatedList> lists;
  for (const YamlNode& list : root.items) {
    if (!check_map(list, fmt::format("a dated {}", what), keys, problems)) continue;
    const auto month = read_month(list, what, problems);
    read(list, month);
    if (month) lists.push_back({*month, list.at});
  }
  note_twins(std::move(lists), problems);
}

}  // namespace apportion
