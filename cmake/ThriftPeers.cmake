# Code that the Thrift compiler generates for comparison: the peers of our tests and benchmarks.
# Every tests/*.thrift and tests/peers/*.thrift is generated twice and compiled into two static libraries:
#   wirejit_peer_thrift            thrift --gen cpp             #include "peer_default/NAME_types.h"
#   wirejit_peer_thrift_templates  thrift --gen cpp:templates   #include "peer_templates/NAME_types.h"
# Each has its own C++ namespace (::peer_default, ::peer_templates) and include guards, whatever the file says, so
# that both fit into one process and one source file. The files share these namespaces: type names are unique.

find_program(WIREJIT_THRIFT_COMPILER thrift)
find_library(WIREJIT_THRIFT_LIBRARY thrift)
find_path(WIREJIT_THRIFT_INCLUDE_DIR thrift/Thrift.h)
if(NOT WIREJIT_THRIFT_COMPILER OR NOT WIREJIT_THRIFT_LIBRARY OR NOT WIREJIT_THRIFT_INCLUDE_DIR)
  message(FATAL_ERROR "wirejit: tests and benchmarks need Apache Thrift's compiler and C++ library "
                      "(tools/install_deps.sh installs them, or switch WIREJIT_BUILD_TESTS and _BENCH off)")
endif()
add_library(wirejit_libthrift INTERFACE)
target_link_libraries(wirejit_libthrift INTERFACE "${WIREJIT_THRIFT_LIBRARY}")
target_include_directories(wirejit_libthrift SYSTEM INTERFACE "${WIREJIT_THRIFT_INCLUDE_DIR}")

# wirejit_thrift_peer(target NAMESPACE ns OPTIONS generator-options IDL files...)
function(wirejit_thrift_peer target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "NAMESPACE;OPTIONS" "IDL")
  if(NOT arg_IDL)
    add_library(${target} INTERFACE)
    return()
  endif()
  set(root "${PROJECT_BINARY_DIR}/generated/peers")
  set(script "${PROJECT_SOURCE_DIR}/cmake/GenerateThriftPeer.cmake")
  set(units)
  foreach(idl IN LISTS arg_IDL)
    cmake_path(GET idl STEM name)
    set(unit "${root}/${arg_NAMESPACE}/${name}_all.cc")
    add_custom_command(OUTPUT "${unit}"
      COMMAND "${CMAKE_COMMAND}" "-DIDL=${idl}" "-DINCLUDES=${arg_IDL}" "-DNAMESPACE=${arg_NAMESPACE}"
              "-DOPTIONS=${arg_OPTIONS}" "-DOUT=${root}/${arg_NAMESPACE}" "-DTHRIFT=${WIREJIT_THRIFT_COMPILER}"
              -P "${script}"
      DEPENDS ${arg_IDL} "${script}"
      COMMENT "Generating ${arg_NAMESPACE} from ${name}.thrift"
      VERBATIM)
    list(APPEND units "${unit}")
  endforeach()
  add_library(${target} STATIC ${units})
  target_include_directories(${target} SYSTEM PUBLIC "${root}")
  target_link_libraries(${target} PUBLIC wirejit_libthrift)
  target_compile_features(${target} PUBLIC cxx_std_17)
  # In benchmarks as a user of the official library would build it, in every configuration.
  # Generated code holds numbers in enums that the enums lack: undefined, and not ours to fix.
  target_compile_options(${target} PRIVATE
    "$<IF:$<BOOL:${WIREJIT_BUILD_BENCH}>,-O2,-O0>" -w -fno-sanitize=undefined)
endfunction()

file(GLOB wirejit_peer_idl CONFIGURE_DEPENDS
  "${PROJECT_SOURCE_DIR}/tests/*.thrift" "${PROJECT_SOURCE_DIR}/tests/peers/*.thrift")
if(NOT WIREJIT_BUILD_BENCH)  # no test includes them
  list(FILTER wirejit_peer_idl EXCLUDE REGEX "/bench[^/]*$")
endif()
wirejit_thrift_peer(wirejit_peer_thrift NAMESPACE peer_default OPTIONS "no_skeleton" IDL ${wirejit_peer_idl})
# Of services one form is enough.
list(FILTER wirejit_peer_idl EXCLUDE REGEX "/calls\\.thrift$")
wirejit_thrift_peer(wirejit_peer_thrift_templates
  NAMESPACE peer_templates OPTIONS "no_skeleton,templates" IDL ${wirejit_peer_idl})
