# apportion_module(NAME SOURCES … [TESTS …] [SQL …] [DEPENDS …])
# One module: a static library of its sources, its SQL files embedded, and one test program of the tests beside them.
function(apportion_module name)
  cmake_parse_arguments(PARSE_ARGV 1 module "" "" "SOURCES;TESTS;SQL;DEPENDS")
  add_library(apportion_${name} STATIC ${module_SOURCES})
  target_include_directories(apportion_${name} PUBLIC ${CMAKE_SOURCE_DIR}/src)
  target_link_libraries(apportion_${name} PUBLIC ${module_DEPENDS} fmt::fmt)
  target_precompile_headers(apportion_${name} REUSE_FROM apportion_headers)
  if(module_SQL)
    apportion_embed_sql(apportion_${name} ${module_SQL})
  endif()
  if(APPORTION_TESTS AND module_TESTS)
    add_executable(${name}_test ${module_TESTS})
    target_link_libraries(${name}_test PRIVATE apportion_${name} GTest::gtest_main GTest::gmock)
    target_precompile_headers(${name}_test REUSE_FROM apportion_test_headers)
    gtest_discover_tests(${name}_test TEST_PREFIX "${name}." DISCOVERY_MODE PRE_TEST)
  endif()
endfunction()

# Makes `<file>.h` in the build tree for each `.sql` file: `inline constexpr std::string_view k<Name>Sql`, namespace
# `apportion::sql`. A changed SQL file rebuilds what includes it.
function(apportion_embed_sql target)
  foreach(file IN LISTS ARGN)
    set(source ${CMAKE_CURRENT_SOURCE_DIR}/${file})
    file(RELATIVE_PATH relative ${CMAKE_SOURCE_DIR}/src ${source})
    set(header ${CMAKE_BINARY_DIR}/embedded/${relative}.h)
    add_custom_command(OUTPUT ${header}
      COMMAND ${CMAKE_COMMAND} -DINPUT=${source} -DOUTPUT=${header} -P ${CMAKE_SOURCE_DIR}/cmake/embed_sql.cmake
      DEPENDS ${source} ${CMAKE_SOURCE_DIR}/cmake/embed_sql.cmake VERBATIM)
    target_sources(${target} PRIVATE ${header})
  endforeach()
  target_include_directories(${target} PRIVATE ${CMAKE_BINARY_DIR}/embedded)
endfunction()

# apportion_program(NAME SOURCES … DEPENDS …)
# A program, built to the top of the build folder.
function(apportion_program name)
  cmake_parse_arguments(PARSE_ARGV 1 program "" "" "SOURCES;DEPENDS")
  add_executable(${name} ${program_SOURCES})
  target_link_libraries(${name} PRIVATE ${program_DEPENDS})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR})
endfunction()

add_custom_target(fuzzers)  # all fuzzers of the build

# apportion_fuzzer(NAME SOURCE … CORPUS … DEPENDS …)
# One fuzzer: a source with LLVMFuzzerTestOneInput, a folder of inputs, and the test `fuzz.NAME` that runs it for some
# seconds. With APPORTION_FUZZERS (Clang) it is a libFuzzer program, else our own fuzz/driver.cpp mutates the inputs.
function(apportion_fuzzer name)
  cmake_parse_arguments(PARSE_ARGV 1 fuzzer "" "SOURCE;CORPUS" "DEPENDS")
  set(corpus ${CMAKE_CURRENT_SOURCE_DIR}/${fuzzer_CORPUS})
  add_executable(fuzz_${name} ${fuzzer_SOURCE})
  target_include_directories(fuzz_${name} PRIVATE ${CMAKE_SOURCE_DIR}/src)
  target_link_libraries(fuzz_${name} PRIVATE ${fuzzer_DEPENDS})
  if(APPORTION_FUZZERS)
    set(finds ${CMAKE_CURRENT_BINARY_DIR}/finds/${name})
    file(MAKE_DIRECTORY ${finds})
    target_link_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
    add_test(NAME fuzz.${name}
             COMMAND fuzz_${name} -max_total_time=${APPORTION_FUZZ_SECONDS} -timeout=20 ${finds} ${corpus})
  else()
    target_link_libraries(fuzz_${name} PRIVATE apportion_fuzz_driver)
    add_test(NAME fuzz.${name} COMMAND fuzz_${name} --seconds 3 --runs 1000000000 ${corpus})
  endif()
  add_dependencies(fuzzers fuzz_${name})
endfunction()
