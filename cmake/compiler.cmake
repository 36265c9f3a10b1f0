# Warnings, sanitizers, ccache: what every target is built with.
add_compile_options(-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion -Werror=return-type
                    -Wno-missing-field-initializers)  # members that are left out keep their defaults, on purpose
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  add_compile_options(-Wno-restrict)  # GCC 12 reports std::string's own operator+ (GCC bug 105651)
  # GCC collects garbage often for files of this size. Later, it takes 100 MiB more and a seventh less time.
  add_compile_options(--param=ggc-min-expand=300 --param=ggc-min-heapsize=1000000)
endif()
string(REPLACE "-O3" "-O2" CMAKE_CXX_FLAGS_RELEASE "${CMAKE_CXX_FLAGS_RELEASE}")
string(REPLACE "-DNDEBUG" "" CMAKE_CXX_FLAGS_RELEASE "${CMAKE_CXX_FLAGS_RELEASE}")  # asserts stay on

if(APPORTION_SANITIZE)
  add_compile_options(-fsanitize=${APPORTION_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=undefined)
  add_link_options(-fsanitize=${APPORTION_SANITIZE})
endif()

if(APPORTION_FUZZERS)
  if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    message(FATAL_ERROR "libFuzzer comes with Clang only: `cmake --preset fuzz`. Other builds use fuzz/driver.cpp")
  endif()
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

find_program(APPORTION_CCACHE ccache)
if(APPORTION_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros ${APPORTION_CCACHE})
endif()

add_compile_options(-pthread)  # everywhere alike, so that precompiled headers can be shared
set(THREADS_PREFER_PTHREAD_FLAG ON)
find_package(Threads REQUIRED)
