# What tests, benchmarks and fuzzers share: tests/support (references, generators, harnesses).
# wirejit_test_support also carries what all of them link: the library with its internals, and the
# official peers.

set(WIREJIT_GTEST_SOURCE "" CACHE PATH "GoogleTest's sources, where no library of it can be linked")
if(WIREJIT_GTEST_SOURCE)
  find_package(Threads REQUIRED)
  add_library(wirejit_gtest STATIC
    "${WIREJIT_GTEST_SOURCE}/src/gtest-all.cc" "${WIREJIT_GTEST_SOURCE}/src/gtest_main.cc")
  target_include_directories(wirejit_gtest SYSTEM
    PUBLIC "${WIREJIT_GTEST_SOURCE}/include" PRIVATE "${WIREJIT_GTEST_SOURCE}")
  target_link_libraries(wirejit_gtest PUBLIC Threads::Threads)
  target_compile_features(wirejit_gtest PUBLIC cxx_std_17)
  add_library(GTest::gtest ALIAS wirejit_gtest)
  add_library(GTest::gtest_main ALIAS wirejit_gtest)
else()
  find_package(GTest REQUIRED)
endif()
file(GLOB wirejit_support_sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/tests/support/*.cc")
if(NOT TARGET wirejit_peer_protobuf)
  list(FILTER wirejit_support_sources EXCLUDE REGEX "/protobuf_[^/]*$")
endif()
set(wirejit_thrift_peers)
if(TARGET wirejit_peer_thrift)
  set(wirejit_thrift_peers wirejit_peer_thrift wirejit_peer_thrift_templates wirejit_libthrift)
else()
  list(FILTER wirejit_support_sources EXCLUDE REGEX "/libthrift_[^/]*$")
endif()

if(wirejit_support_sources)
  add_library(wirejit_test_support STATIC ${wirejit_support_sources})
  set(scope PUBLIC)
  wirejit_developer_flags(wirejit_test_support)
else()
  add_library(wirejit_test_support INTERFACE)
  set(scope INTERFACE)
endif()
target_include_directories(wirejit_test_support ${scope} "${PROJECT_SOURCE_DIR}")
target_compile_definitions(wirejit_test_support ${scope} WIREJIT_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
target_link_libraries(wirejit_test_support ${scope}
  wirejit_static ${wirejit_thrift_peers} ${wirejit_dependencies} GTest::gtest)
if(TARGET wirejit_peer_protobuf)
  target_link_libraries(wirejit_test_support ${scope} wirejit_peer_protobuf)
endif()

# tests/cases/NAME.proto as a descriptor set, where protoc is found: tests/support/case_schema.h.
# Its own .proto files, which some of them import, are where it looks for them.
find_program(WIREJIT_PROTOC protoc)
set(protoc_imports)
if(WIREJIT_PROTOC)
  cmake_path(GET WIREJIT_PROTOC PARENT_PATH protoc_imports)
  cmake_path(SET protoc_imports NORMALIZE "${protoc_imports}/../include/google/protobuf/timestamp.proto")
endif()
if(protoc_imports AND EXISTS "${protoc_imports}")
  file(GLOB case_protos CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/tests/cases/*.proto")
  set(case_root "${PROJECT_BINARY_DIR}/generated/cases")
  set(case_descriptors)
  foreach(proto IN LISTS case_protos)
    cmake_path(GET proto STEM name)
    add_custom_command(OUTPUT "${case_root}/${name}.binpb"
      COMMAND "${CMAKE_COMMAND}" -E make_directory "${case_root}"
      COMMAND "${WIREJIT_PROTOC}" "--proto_path=${PROJECT_SOURCE_DIR}/tests/cases" --include_imports
              "--descriptor_set_out=${case_root}/${name}.binpb" "${proto}"
      DEPENDS "${proto}"
      COMMENT "Describing ${name}.proto"
      VERBATIM)
    list(APPEND case_descriptors "${case_root}/${name}.binpb")
  endforeach()
  add_custom_target(wirejit_case_descriptors DEPENDS ${case_descriptors})
  add_dependencies(wirejit_test_support wirejit_case_descriptors)
  target_compile_definitions(wirejit_test_support ${scope} WIREJIT_CASE_DESCRIPTORS="${case_root}")
else()
  message(STATUS "wirejit: no protoc with its imports: the cases of .proto files are left out")
endif()
