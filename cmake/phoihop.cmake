# The three ways to declare code here. Targets carry the arrows of the design: a
# library reaches only what it links.

# phoihop_library(name SOURCES a.cc ... DEPS x ... [PCH rpc|proto])
# A static library. PCH names a shared set of precompiled headers.
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

# phoihop_test(name SOURCES x_test.cc ... DEPS y ... [PCH rpc|proto] [TIMEOUT s] [LABELS l ...])
# One GoogleTest binary, run by ctest as one test: starting a process per case
# would start a database per case.
function(phoihop_test name)
  cmake_parse_arguments(A "" "PCH;TIMEOUT" "SOURCES;DEPS;LABELS" ${ARGN})
  add_executable(${name} ${A_SOURCES})
  target_link_libraries(${name} PRIVATE ${A_DEPS} GTest::gmock GTest::gtest_main)
  phoihop_pch(${name} "${A_PCH}")
  add_test(NAME ${name} COMMAND ${name} --gtest_brief=1 WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
  if(NOT A_TIMEOUT)
    set(A_TIMEOUT 120)
  endif()
  set_tests_properties(${name} PROPERTIES TIMEOUT ${A_TIMEOUT} LABELS "unit;${A_LABELS}")
endfunction()

# phoihop_bench(name SOURCES ... DEPS ...): a benchmark, built with everything, run by hand.
function(phoihop_bench name)
  phoihop_binary(${name} ${ARGN})
endfunction()

# The precompiled headers are compiled once for each set, by an empty library.
function(phoihop_pch name set)
  if(set STREQUAL "")
    return()
  endif()
  if(NOT TARGET phoihop_pch_${set})
    file(WRITE ${CMAKE_BINARY_DIR}/pch/${set}.cc "")
    add_library(phoihop_pch_${set} STATIC ${CMAKE_BINARY_DIR}/pch/${set}.cc)
    # Executables and libraries share one set, so both are position independent.
    if(set STREQUAL "rpc")
      target_precompile_headers(phoihop_pch_${set} PRIVATE <grpcpp/grpcpp.h> <google/protobuf/message.h> <absl/status/statusor.h> <absl/strings/str_cat.h> <absl/time/time.h> <functional> <memory> <string> <vector>)
      target_link_libraries(phoihop_pch_${set} PUBLIC gRPC::grpc++)
    else()
      target_precompile_headers(phoihop_pch_${set} PRIVATE <google/protobuf/message.h> <absl/status/statusor.h> <absl/strings/str_cat.h> <absl/time/time.h> <functional> <memory> <string> <vector>)
    endif()
  endif()
  target_precompile_headers(${name} REUSE_FROM phoihop_pch_${set})
endfunction()
