/// Small text helpers. ASCII ones are for headers and ids; `fold_case` is for names in any script.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace apportion {

/// `text` without blanks, tabs, CR and LF at both ends.
std::string_view trim(std::string_view text);

/// ASCII letters in lower case; other bytes as they are. For GUIDs, ARM paths and headers.
std::string ascii_lower(std::string_view text);
/// The same into a text that is there.
void assign_ascii_lower(std::string_view text, std::string& lowered);

/// Whether two texts are equal but for the case of ASCII letters.
bool ascii_equal_ignoring_case(std::string_view left, std::string_view right);

/// Unicode case folding (full, locale-independent) of UTF-8 text. Bytes that are not UTF-8 stay as they are.
std::string fold_case(std::string_view text);

/// The parts of `text` between separators; one part, perhaps empty, when there is none.
std::vector<std::string_view> split_text(std::string_view text, char separator);

/// Terminal columns that UTF-8 text takes (wide CJK characters take two, combining marks none).
int display_width(std::string_view text);

/// Up to `bytes_max` bytes of `text` on one line, cut at a character, with `…` when cut: for values in messages.
std::string excerpt(std::string_view text, std::size_t bytes_max = 80);

/// A random id in the form of a version 4 GUID, lower case.
std::string random_guid();

}  // namespace apportion
