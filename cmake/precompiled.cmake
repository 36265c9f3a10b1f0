# Precompiled headers: what most sources include from outside, read once. Sources still include what they use.
set(apportion_standard_headers <algorithm> <cstdint> <filesystem> <functional> <map> <memory> <optional> <set> <span>
    <string> <string_view> <unordered_map> <utility> <variant> <vector> <fmt/format.h>)

# apportion_precompile(NAME HEADERS … DEPENDS …): an object library that others share with `REUSE_FROM NAME`.
function(apportion_precompile name)
  cmake_parse_arguments(PARSE_ARGV 1 precompiled "" "" "HEADERS;DEPENDS")
  file(WRITE ${CMAKE_BINARY_DIR}/${name}.cpp "// Holds the precompiled headers of ${name}.\n")
  add_library(${name} OBJECT EXCLUDE_FROM_ALL ${CMAKE_BINARY_DIR}/${name}.cpp)
  target_link_libraries(${name} PRIVATE fmt::fmt ${precompiled_DEPENDS})
  target_precompile_headers(${name} PRIVATE ${apportion_standard_headers} ${precompiled_HEADERS})
endfunction()

apportion_precompile(apportion_headers HEADERS <nlohmann/json.hpp> DEPENDS nlohmann_json::nlohmann_json)
if(APPORTION_TESTS)
  apportion_precompile(apportion_test_headers HEADERS <nlohmann/json.hpp> <gtest/gtest.h> <gmock/gmock.h>
                       DEPENDS nlohmann_json::nlohmann_json GTest::gtest GTest::gmock)
endif()
