# The official Protobuf library, with which tests, benchmarks and fuzzers compare, and the code that its compiler
# generates: every tests/peers/NAME.proto and tests/cases/NAME.proto becomes #include <peer_protobuf/NAME.pb.h> of wirejit_peer_protobuf.
# Without them, what needs them is left out: tests/pb/pb_*_test.cc and tests/support/protobuf_*.cc.
find_package(Protobuf)
find_program(WIREJIT_PROTOC protoc)
if(NOT Protobuf_FOUND OR NOT WIREJIT_PROTOC)
  message(STATUS "wirejit: no libprotobuf: what compares with it is left out")
  return()
endif()

file(GLOB protos CONFIGURE_DEPENDS
  "${PROJECT_SOURCE_DIR}/tests/peers/*.proto" "${PROJECT_SOURCE_DIR}/tests/cases/*.proto")
set(root "${PROJECT_BINARY_DIR}/generated/peers")
set(units)
foreach(proto IN LISTS protos)
  cmake_path(GET proto STEM name)
  cmake_path(GET proto PARENT_PATH folder)
  set(out "${root}/peer_protobuf")
  add_custom_command(OUTPUT "${out}/${name}.pb.cc" "${out}/${name}.pb.h"
    COMMAND "${CMAKE_COMMAND}" -E make_directory "${out}"
    COMMAND "${WIREJIT_PROTOC}" "--proto_path=${folder}" "--cpp_out=${out}" "${proto}"
    DEPENDS "${proto}"
    COMMENT "Generating C++ from ${name}.proto"
    VERBATIM)
  list(APPEND units "${out}/${name}.pb.cc")
endforeach()
add_library(wirejit_peer_protobuf STATIC ${units})
target_include_directories(wirejit_peer_protobuf SYSTEM PUBLIC
  "${root}" "${root}/peer_protobuf" ${Protobuf_INCLUDE_DIRS})
target_link_libraries(wirejit_peer_protobuf PUBLIC ${Protobuf_LIBRARIES})
target_compile_features(wirejit_peer_protobuf PUBLIC cxx_std_17)
# As a user of the official library would build it, in every configuration.
target_compile_options(wirejit_peer_protobuf PRIVATE -O2 -w)
