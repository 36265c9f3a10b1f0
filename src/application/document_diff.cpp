#include "application/document_diff.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "foundation/yaml/yaml_tree.h"

namespace apportion {
namespace {

struct Entry {
  std::string key;  // tells entries of a section apart
  std::string name;
  std::string text;
};

using SectionKey = std::pair<std::string, std::string>;  // list and section
using Sections = std::map<SectionKey, std::vector<Entry>>;

bool is_plain(std::string_view text) {
  return !text.empty() && text.find_first_of(",:{}[]#&*!|>'\"%@`\n\t") == std::string_view::npos &&
         text.front() != ' ' && text.back() != ' ' && text.front() != '-' && text.front() != '?';
}

std::string quoted_text(std::string_view text) {
  if (is_plain(text)) return std::string(text);
  std::string all = "'";
  for (const char letter : text) all += letter == '\'' ? std::string("''") : std::string(1, letter);
  return all + "'";
}

// A node on one line. The keys of a map in their alphabet: their order tells nothing.
std::string one_line(const YamlNode& node) {
  std::vector<std::string> parts;
  switch (node.kind) {
    case YamlNode::Kind::kNothing: return "";
    case YamlNode::Kind::kText: return quoted_text(node.text);
    case YamlNode::Kind::kList:
      for (const YamlNode& item : node.items) parts.push_back(one_line(item));
      break;
    case YamlNode::Kind::kMap:
      for (const YamlEntry& entry : node.entries)
        parts.push_back(fmt::format("{}: {}", quoted_text(entry.key), one_line(entry.value)));
      std::ranges::sort(parts);
      break;
  }
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : ", ") + part;
  return node.kind == YamlNode::Kind::kList ? "[" + text + "]" : "{" + text + "}";
}

std::vector<Entry> entries_of(const YamlNode& section, const std::string& section_name) {
  std::vector<Entry> entries;
  for (const YamlEntry& entry : section.entries) entries.push_back({entry.key, entry.key, one_line(entry.value)});
  for (const YamlNode& item : section.items) {
    const YamlNode* name = item.kind == YamlNode::Kind::kMap ? item.find("name") : nullptr;
    std::string text = one_line(item);
    const std::string shown = name == nullptr ? fmt::format("{} {}", section_name, entries.size() + 1) : name->text;
    entries.push_back({name == nullptr ? "unnamed " + text : "named " + shown, shown, std::move(text)});
  }
  return entries;
}

Result<Sections> sections_of(std::string_view text, std::string_view name) {
  Sections sections;
  FileProblems problems(name);
  const YamlNode root = read_yaml(text, problems);
  if (!problems.empty()) return problems.errors().front();
  for (const YamlNode& list : root.items) {
    const YamlNode* effective = list.kind == YamlNode::Kind::kMap ? list.find("effective") : nullptr;
    if (effective == nullptr) continue;
    for (const YamlEntry& section : list.entries) {
      if (section.key != "effective") sections[{effective->text, section.key}] = entries_of(section.value, section.key);
    }
  }
  return sections;
}

// The places of the longest run of places that rise: the entries that kept their order.
std::set<std::size_t> kept_places(const std::vector<std::size_t>& places) {
  std::vector<std::size_t> ends;  // index into `places` of the end of the best run of each length
  std::vector<std::size_t> previous(places.size(), places.size());
  for (std::size_t i = 0; i < places.size(); ++i) {
    const auto end = std::ranges::lower_bound(ends, places[i], {}, [&places](std::size_t at) { return places[at]; });
    if (end != ends.begin()) previous[i] = *(end - 1);
    if (end == ends.end()) {
      ends.push_back(i);
    } else {
      *end = i;
    }
  }
  std::set<std::size_t> kept;
  for (std::size_t at = ends.empty() ? places.size() : ends.back(); at < places.size(); at = previous[at])
    kept.insert(places[at]);
  return kept;
}

class SectionComparison {
 public:
  SectionComparison(const SectionKey& key, const std::vector<Entry>& before, const std::vector<Entry>& after)
      : key_(&key), before_(&before), after_(&after) {}

  void add_to(std::vector<EntryDifference>& differences) const {
    std::map<std::string, std::size_t> places;
    for (std::size_t i = 0; i < before_->size(); ++i) places.emplace((*before_)[i].key, i);
    std::vector<std::size_t> common;
    std::set<std::size_t> found;
    for (const Entry& entry : *after_) {
      const auto place = places.find(entry.key);
      if (place != places.end() && found.insert(place->second).second) common.push_back(place->second);
    }
    const std::set<std::size_t> kept = kept_places(common);
    std::set<std::size_t> used;
    for (std::size_t i = 0; i < after_->size(); ++i) {
      const auto place = places.find((*after_)[i].key);
      const bool is_there = place != places.end() && used.insert(place->second).second;
      if (!is_there) {
        differences.push_back(difference(EntryEdit::kAdded, nullptr, 0, &(*after_)[i], i + 1));
        continue;
      }
      const Entry& old = (*before_)[place->second];
      const bool is_changed = old.text != (*after_)[i].text;
      if (!is_changed && kept.contains(place->second)) continue;
      differences.push_back(difference(is_changed ? EntryEdit::kChanged : EntryEdit::kMoved,
                                       is_changed ? &old : nullptr, place->second + 1,
                                       is_changed ? &(*after_)[i] : nullptr, i + 1));
      differences.back().name = (*after_)[i].name;
    }
    for (std::size_t i = 0; i < before_->size(); ++i) {
      if (!used.contains(i)) differences.push_back(difference(EntryEdit::kRemoved, &(*before_)[i], i + 1, nullptr, 0));
    }
  }

 private:
  EntryDifference difference(EntryEdit edit, const Entry* before, std::size_t place_before, const Entry* after,
                             std::size_t place_after) const {
    EntryDifference made;
    made.edit = edit;
    made.list = key_->first;
    made.section = key_->second;
    made.place_before = static_cast<std::int64_t>(place_before);
    made.place_after = static_cast<std::int64_t>(place_after);
    if (before != nullptr) made.before = before->text;
    if (after != nullptr) made.after = after->text;
    if (const Entry* named = after != nullptr ? after : before; named != nullptr) made.name = named->name;
    return made;
  }

  const SectionKey* key_;
  const std::vector<Entry>* before_;
  const std::vector<Entry>* after_;
};

}  // namespace

std::string_view entry_edit_name(EntryEdit edit) {
  switch (edit) {
    case EntryEdit::kAdded: return "added";
    case EntryEdit::kRemoved: return "removed";
    case EntryEdit::kChanged: return "changed";
    case EntryEdit::kMoved: return "moved";
  }
  return "";
}

Result<std::vector<EntryDifference>> document_differences(std::string_view before, std::string_view name_before,
                                                          std::string_view after, std::string_view name_after) {
  APPORTION_ASSIGN(Sections sections_before, sections_of(before, name_before));
  APPORTION_ASSIGN(Sections sections_after, sections_of(after, name_after));
  for (const auto& [key, entries] : sections_before) sections_after.try_emplace(key);
  std::vector<EntryDifference> differences;
  for (const auto& [key, entries] : sections_after)
    SectionComparison(key, sections_before[key], entries).add_to(differences);
  return differences;
}

}  // namespace apportion
