# The three ways to declare code here. Targets carry the arrows of the design: a
# library reaches only what it links.

# phoihop_library(name SOURCES a.cc ... DEPS x ... [PCH rpc|proto])
# A static library. PCH names a shared set of precompiled headers; without it, `base`.
function(phoihop_library name)
  cmake_parse_arguments(A "" "PCH" "SOURCES;DEPS" ${ARGN})
  add_library(${name} STATIC ${A_SOURCES})
  target_link_libraries(${name} PUBLIC ${A_DEPS})
  phoihop_pch(${name} "${A_PCH}")
endfunction()

# phoihop_binary(name SOURCES main.cc DEPS x ... [PCH rpc|proto])
function(phoihop_binary name)
  cmake_parse_arguments(A "" "PCH" "SOURCES;DEPS" ${ARGN})
  add_executable(${name} ${A_SOURCES})
  target_link_libraries(${name} PRIVATE ${A_DEPS})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
  phoihop_pch(${name} "${A_PCH}")
endfunction()

# phoihop_test(name SOURCES x_test.cc ... DEPS y ... [TIMEOUT s] [LABELS l ...])
# One GoogleTest binary, run by ctest as one test: starting a process per case
# would start a database per case. The test itself is not optimised: that took two
# fifths of its compile time, and the code under test is.
function(phoihop_test name)
  cmake_parse_arguments(A "" "TIMEOUT" "SOURCES;DEPS;LABELS" ${ARGN})
  add_executable(${name} ${A_SOURCES})
  target_link_libraries(${name} PRIVATE ${A_DEPS} GTest::gmock GTest::gtest_main)
  target_compile_options(${name} PRIVATE -O0)
  phoihop_pch(${name} test)
  add_test(NAME ${name} COMMAND ${name} --gtest_brief=1 WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
  if(NOT A_TIMEOUT)
    set(A_TIMEOUT 120)
  endif()
  # The sanitizers make programs slow; waiting for them is no failure.
  if(PHOIHOP_ASAN)
    math(EXPR A_TIMEOUT "${A_TIMEOUT} * 6")
  endif()
  set_tests_properties(${name} PROPERTIES TIMEOUT ${A_TIMEOUT} LABELS "unit;${A_LABELS}")
endfunction()

# phoihop_bench(name SOURCES ... DEPS ...): a benchmark, built with everything, run by hand.
function(phoihop_bench name)
  phoihop_binary(${name} ${ARGN})
endfunction()

# The precompiled headers are compiled once for each set, by an empty library. A set takes what
# most of its users include anyway: `base` for what knows no messages, `proto`, `rpc`, and `test`.
function(phoihop_pch name set)
  if(NOT set)
    set(set base)
  endif()
  if(NOT TARGET phoihop_pch_${set})
    file(WRITE ${CMAKE_BINARY_DIR}/pch/${set}.cc "")
    add_library(phoihop_pch_${set} STATIC ${CMAKE_BINARY_DIR}/pch/${set}.cc)
    set(headers <absl/status/statusor.h> <absl/strings/str_cat.h> <absl/time/time.h> <functional> <map> <memory> <optional> <string> <vector>)
    set(links absl::statusor absl::strings absl::time Threads::Threads)
    if(NOT set STREQUAL base)
      list(PREPEND headers <google/protobuf/message.h>)
      list(APPEND links protobuf::libprotobuf)
    endif()
    if(set MATCHES "rpc|test")
      list(PREPEND headers <grpcpp/grpcpp.h>)
      list(APPEND links gRPC::grpc++)
    endif()
    if(set STREQUAL test)
      list(PREPEND headers <gmock/gmock.h>)
      list(APPEND links GTest::gmock)
      target_compile_options(phoihop_pch_test PRIVATE -O0)
    endif()
    target_precompile_headers(phoihop_pch_${set} PRIVATE ${headers})
    target_link_libraries(phoihop_pch_${set} PUBLIC ${links})
  endif()
  target_precompile_headers(${name} REUSE_FROM phoihop_pch_${set})
endfunction()
