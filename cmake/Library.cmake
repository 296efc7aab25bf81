# The library: one set of position-independent objects, archived as wirejit_static and linked as
# wirejit_shared. wirejit::wirejit is the static one, unless BUILD_SHARED_LIBS asks for the other or
# it is not built. Invariant: consumers see include/ and nothing else; asmjit never leaves the
# shared library.

# wirejit_dependencies: of both libraries, as CMake's targets.
set(wirejit_dependencies Threads::Threads)
if(WIREJIT_JIT)
  find_package(asmjit CONFIG REQUIRED)
  list(APPEND wirejit_dependencies asmjit::asmjit)
endif()
find_package(Threads REQUIRED)
# Compressed payloads of THeaders (rpc/zlib.cc); without it they are rejected.
set(wirejit_has_zlib OFF)
if(WIREJIT_ZLIB)
  find_package(ZLIB QUIET)
  if(ZLIB_FOUND)
    set(wirejit_has_zlib ON)
    list(APPEND wirejit_dependencies ZLIB::ZLIB)
    set_source_files_properties("${PROJECT_SOURCE_DIR}/rpc/zlib.cc" PROPERTIES COMPILE_DEFINITIONS WIREJIT_HAS_ZLIB)
  else()
    message(STATUS "wirejit: no zlib: THeaders' compressed payloads are rejected")
  endif()
endif()

# As paths that a user writes: wirejit/schema.h, wirejit/detail/...
file(GLOB_RECURSE WIREJIT_PUBLIC_HEADERS CONFIGURE_DEPENDS RELATIVE "${PROJECT_SOURCE_DIR}/include"
  "${PROJECT_SOURCE_DIR}/include/wirejit/*.h")
set(wirejit_sources)
foreach(folder IN ITEMS core kernels jit lower memory thrift pb json record engine rpc)
  file(GLOB found CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/${folder}/*.cc")
  list(APPEND wirejit_sources ${found})
endforeach()
set(wirejit_asmjit_debug_utils "${PROJECT_SOURCE_DIR}/jit/asmjit_debug_utils.cc")
list(REMOVE_ITEM wirejit_sources "${wirejit_asmjit_debug_utils}")
# All of jit/masm_* needs asmjit; masm_none.cc stands in its place.
set(wirejit_masm_none "${PROJECT_SOURCE_DIR}/jit/masm_none.cc")
if(WIREJIT_JIT)
  list(REMOVE_ITEM wirejit_sources "${wirejit_masm_none}")
else()
  list(FILTER wirejit_sources EXCLUDE REGEX "/jit/masm_[^/]*\\.cc$")
  list(APPEND wirejit_sources "${wirejit_masm_none}")
endif()

set(wirejit_generated "${PROJECT_BINARY_DIR}/generated")
configure_file(cmake/version.h.in "${wirejit_generated}/include/wirejit/version.h" @ONLY)

# Everything is hidden in the shared library except what a public header declares. The library's own
# sources find each public header through a wrapper that makes its declarations visible, so that the
# headers need no macros.
set(wirejit_visible "${wirejit_generated}/visible")
foreach(header IN LISTS WIREJIT_PUBLIC_HEADERS)
  file(CONFIGURE OUTPUT "${wirejit_visible}/${header}" CONTENT [[
#pragma once
#pragma GCC visibility push(default)
#include "@PROJECT_SOURCE_DIR@/include/@header@"
#pragma GCC visibility pop
]] @ONLY)
endforeach()

if(NOT wirejit_sources)
  file(CONFIGURE OUTPUT "${wirejit_generated}/empty.cc" CONTENT "")
  set(wirejit_sources "${wirejit_generated}/empty.cc")
endif()

# GCC would load a Buffer's size and capacity as one vector, right behind the store of one of them: each call to encode
# would wait for that store (about 3 ns of 12). The few instructions around a Program do not want -O3 either.
set_source_files_properties("${PROJECT_SOURCE_DIR}/engine/calls.cc" PROPERTIES COMPILE_OPTIONS
  "$<$<CXX_COMPILER_ID:GNU>:-O2;-fno-tree-slp-vectorize>")
add_library(wirejit_objects OBJECT ${wirejit_sources})
target_include_directories(wirejit_objects
  BEFORE PRIVATE "${wirejit_visible}" "${PROJECT_SOURCE_DIR}/include" "${wirejit_generated}/include"
                 "${PROJECT_SOURCE_DIR}")
target_link_libraries(wirejit_objects PRIVATE ${wirejit_dependencies})
if(NOT WIREJIT_JIT)
  set_source_files_properties("${PROJECT_SOURCE_DIR}/jit/host.cc" PROPERTIES COMPILE_DEFINITIONS WIREJIT_WITHOUT_JIT)
endif()
set_target_properties(wirejit_objects PROPERTIES
  POSITION_INDEPENDENT_CODE ON
  CXX_VISIBILITY_PRESET hidden
  VISIBILITY_INLINES_HIDDEN ON)
wirejit_developer_flags(wirejit_objects)
# The loops over numbers and text gain a fifth from -O3 over -O2.
target_compile_options(wirejit_objects PRIVATE "$<$<CONFIG:Release>:-O3>")
if(WIREJIT_LIBRARY_PRECOMPILED)
  target_precompile_headers(wirejit_objects PRIVATE
    <wirejit/buffer.h> <wirejit/options.h> <wirejit/schema.h> <algorithm> <functional> <map> <memory> <optional> <string>
    <utility> <vector>)
  if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")  # as for tests
    target_compile_options(wirejit_objects PRIVATE "SHELL:-Xclang -fno-pch-timestamp")
  endif()
  # Their levels have flags of their own.
  file(GLOB wirejit_kernels "${PROJECT_SOURCE_DIR}/kernels/*.cc")
  set_source_files_properties(${wirejit_kernels} PROPERTIES SKIP_PRECOMPILE_HEADERS ON)
endif()
# What libFuzzer is guided by. Tests of the same build ignore it.
if(WIREJIT_BUILD_FUZZ AND CMAKE_CXX_COMPILER_ID MATCHES "Clang" AND NOT CMAKE_CROSSCOMPILING)
  target_compile_options(wirejit_objects PRIVATE -fsanitize=fuzzer-no-link)
endif()

# wirejit_finish(target kind): what both libraries have in common.
function(wirejit_finish target kind)
  add_library(wirejit::${kind} ALIAS ${target})
  target_compile_features(${target} PUBLIC cxx_std_23)
  target_include_directories(${target} INTERFACE
    "$<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>"
    "$<BUILD_INTERFACE:${wirejit_generated}/include>"
    "$<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>")
  target_link_libraries(${target} PRIVATE ${wirejit_dependencies})
  set_target_properties(${target} PROPERTIES
    OUTPUT_NAME wirejit
    EXPORT_NAME ${kind}
    VERSION ${PROJECT_VERSION}
    SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})
endfunction()

if(WIREJIT_BUILD_STATIC)
  add_library(wirejit_static STATIC $<TARGET_OBJECTS:wirejit_objects>)
  wirejit_finish(wirejit_static static)
endif()
if(WIREJIT_BUILD_SHARED)
  if(WIREJIT_JIT)
    set(wirejit_shared_sources "${wirejit_asmjit_debug_utils}")
  else()
    set(wirejit_shared_sources)
  endif()
  add_library(wirejit_shared SHARED $<TARGET_OBJECTS:wirejit_objects> ${wirejit_shared_sources})
  wirejit_finish(wirejit_shared shared)
  wirejit_developer_flags(wirejit_shared)
  set_target_properties(wirejit_shared PROPERTIES CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON)
  # asmjit is inside; its symbols must not meet those of another asmjit in the same process.
  target_link_options(wirejit_shared PRIVATE "LINKER:--exclude-libs,ALL")
  set(wirejit_exports "${PROJECT_SOURCE_DIR}/cmake/exports.map")
  target_link_options(wirejit_shared PRIVATE "LINKER:--version-script,${wirejit_exports}")
  set_target_properties(wirejit_shared PROPERTIES LINK_DEPENDS "${wirejit_exports}")
  if(NOT WIREJIT_SANITIZE)  # a sanitizer's run-time is only in the executable
    target_link_options(wirejit_shared PRIVATE "LINKER:-z,defs")
  endif()
endif()

if(TARGET wirejit_shared AND (BUILD_SHARED_LIBS OR NOT TARGET wirejit_static))
  add_library(wirejit::wirejit ALIAS wirejit_shared)
else()
  add_library(wirejit::wirejit ALIAS wirejit_static)
endif()
