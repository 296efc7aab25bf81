# Every public header compiles alone, sees include/ only, and is clean under our warnings: with
# exceptions and without, and with libc++ where clang and that library are there. With libc++ the
# library's own sources are compiled, too. Without WIREJIT_CHECK_HEADERS (a build with the compiler or
# the standard library of one that checks them) all headers are compiled and used at once, and none alone.

# wirejit_check_units(target options... UNITS files...): compiles them and links nothing.
function(wirejit_check_units target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "UNITS")
  add_library(${target} OBJECT ${arg_UNITS})
  target_include_directories(${target} PRIVATE
    "${PROJECT_SOURCE_DIR}/include" "${wirejit_generated}/include"
    "${CMAKE_CURRENT_BINARY_DIR}/headers")
  target_compile_options(${target} PRIVATE ${arg_UNPARSED_ARGUMENTS})
  wirejit_developer_flags(${target})
endfunction()

set(header_units)
set(all_headers "#pragma once\n")
foreach(header IN LISTS WIREJIT_PUBLIC_HEADERS)
  set(unit "${CMAKE_CURRENT_BINARY_DIR}/headers/${header}.cc")
  file(CONFIGURE OUTPUT "${unit}" CONTENT "#include <${header}>\n")
  list(APPEND header_units "${unit}")
  string(APPEND all_headers "#include <${header}>\n")
endforeach()
file(CONFIGURE OUTPUT "${CMAKE_CURRENT_BINARY_DIR}/headers/all_headers.h" CONTENT "${all_headers}")
# What headers hold are templates: this unit uses them.
list(APPEND header_units "${CMAKE_CURRENT_SOURCE_DIR}/headers/use.cc")
# All headers at once, beside `using namespace std`.
list(APPEND header_units "${CMAKE_CURRENT_SOURCE_DIR}/headers/using_std.cc")
set(checked_units ${header_units})
if(NOT WIREJIT_CHECK_HEADERS)
  list(FILTER checked_units INCLUDE REGEX "/headers/us(e|ing_std)\\.cc$")
endif()
wirejit_check_units(wirejit_check_headers UNITS ${checked_units})
if(CMAKE_CROSSCOMPILING)  # the compiler is of a kind that checked them in the host's build
  list(FILTER checked_units INCLUDE REGEX "/headers/us(e|ing_std)\\.cc$")
endif()
wirejit_check_units(wirejit_check_headers_no_exceptions -fno-exceptions UNITS ${checked_units})

# libc++: a test, since the compiler may be another one than that of the build.
find_program(WIREJIT_CLANG NAMES clang++-19 clang++)
mark_as_advanced(WIREJIT_CLANG)
set(has_libcxx FALSE)
if(WIREJIT_CLANG AND NOT CMAKE_CROSSCOMPILING AND NOT WIREJIT_SANITIZE)
  set(probe "${CMAKE_CURRENT_BINARY_DIR}/headers/libcxx_probe.cc")
  file(CONFIGURE OUTPUT "${probe}" CONTENT "#include <expected>\n#ifndef _LIBCPP_VERSION\n#error\n#endif\n")
  execute_process(COMMAND "${WIREJIT_CLANG}" -std=c++23 -stdlib=libc++ -fsyntax-only "${probe}"
    RESULT_VARIABLE failed OUTPUT_QUIET ERROR_QUIET)
  if(NOT failed)
    set(has_libcxx TRUE)
  endif()
endif()
if(has_libcxx)
  set(libcxx_includes "${PROJECT_SOURCE_DIR}/include" "${wirejit_generated}/include" "${PROJECT_SOURCE_DIR}"
                      "${CMAKE_CURRENT_BINARY_DIR}/headers")
  if(TARGET asmjit::asmjit)
    get_target_property(asmjit_includes asmjit::asmjit INTERFACE_INCLUDE_DIRECTORIES)
    list(FILTER asmjit_includes EXCLUDE REGEX "^/usr/include$")  # after libc++'s own
    if(asmjit_includes)
      list(APPEND libcxx_includes ${asmjit_includes})
    endif()
  endif()
  list(TRANSFORM libcxx_includes PREPEND "-I")
  set(libcxx_sources ${wirejit_sources} ${header_units})
  list(JOIN libcxx_sources "\n" text)
  file(CONFIGURE OUTPUT "${CMAKE_CURRENT_BINARY_DIR}/headers/libcxx_sources.txt" CONTENT "@text@\n" @ONLY)
  list(JOIN libcxx_includes " " text)
  add_test(NAME libcxx_compiles COMMAND sh -c
    "xargs -P 4 -n 8 '${WIREJIT_CLANG}' -std=c++23 -stdlib=libc++ -fsyntax-only ${text} < headers/libcxx_sources.txt"
    WORKING_DIRECTORY "${CMAKE_CURRENT_BINARY_DIR}")
  set_tests_properties(libcxx_compiles PROPERTIES TIMEOUT 900)
else()
  message(STATUS "wirejit: no clang with libc++ (libc++-19-dev): that the library compiles with it is not tested")
endif()
