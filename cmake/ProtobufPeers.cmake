# The official Protobuf library, with which tests, benchmarks and fuzzers compare, and the code that its compiler
# generates: every tests/peers/NAME.proto becomes #include <peer_protobuf/NAME.pb.h> of wirejit_peer_protobuf, every
# tests/cases/NAME.proto the same of wirejit_peer_cases, which fuzzers alone use. bench_*.proto is for benchmarks alone.
# Without them, what needs them is left out: tests/pb/pb_*_test.cc and tests/support/protobuf_*.cc.
find_package(Protobuf)
find_program(WIREJIT_PROTOC protoc)
if(NOT Protobuf_FOUND OR NOT WIREJIT_PROTOC)
  message(STATUS "wirejit: no libprotobuf: what compares with it is left out")
  return()
endif()

# wirejit_protobuf_peer(target proto...): a static library of the code generated from these.
function(wirejit_protobuf_peer target)
  set(root "${PROJECT_BINARY_DIR}/generated/peers")
  set(out "${root}/peer_protobuf")
  set(units)
  foreach(proto IN LISTS ARGN)
    cmake_path(GET proto STEM name)
    cmake_path(GET proto PARENT_PATH folder)
    add_custom_command(OUTPUT "${out}/${name}.pb.cc" "${out}/${name}.pb.h"
      COMMAND "${CMAKE_COMMAND}" -E make_directory "${out}"
      COMMAND "${WIREJIT_PROTOC}" "--proto_path=${folder}" "--cpp_out=${out}" "${proto}"
      DEPENDS "${proto}"
      COMMENT "Generating C++ from ${name}.proto"
      VERBATIM)
    list(APPEND units "${out}/${name}.pb.cc")
  endforeach()
  add_library(${target} STATIC ${units})
  target_include_directories(${target} SYSTEM PUBLIC "${root}" "${out}" ${Protobuf_INCLUDE_DIRS})
  target_link_libraries(${target} PUBLIC ${Protobuf_LIBRARIES})
  target_compile_features(${target} PUBLIC cxx_std_17)
  # In benchmarks as a user of the official library would build it, in every configuration. What a sanitizer says of
  # undefined behaviour there is not ours to fix.
  target_compile_options(${target} PRIVATE "$<IF:$<BOOL:${WIREJIT_BUILD_BENCH}>,-O2,-O0>" -w -fno-sanitize=undefined)
endfunction()

file(GLOB peer_protos CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/tests/peers/*.proto")
if(NOT WIREJIT_BUILD_BENCH)
  list(FILTER peer_protos EXCLUDE REGEX "/bench_[^/]*$")
endif()
wirejit_protobuf_peer(wirejit_peer_protobuf ${peer_protos})
if(WIREJIT_BUILD_FUZZ)
  file(GLOB case_protos CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/tests/cases/*.proto")
  wirejit_protobuf_peer(wirejit_peer_cases ${case_protos})
endif()
