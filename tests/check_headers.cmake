# Every public header compiles alone, sees include/ only, and is clean under our warnings.

set(header_units)
foreach(header IN LISTS WIREJIT_PUBLIC_HEADERS)
  set(unit "${CMAKE_CURRENT_BINARY_DIR}/headers/${header}.cc")
  file(CONFIGURE OUTPUT "${unit}" CONTENT "#include <${header}>\n")
  list(APPEND header_units "${unit}")
endforeach()
if(header_units)
  add_library(wirejit_check_headers OBJECT ${header_units})
  target_include_directories(wirejit_check_headers PRIVATE
    "${PROJECT_SOURCE_DIR}/include" "${wirejit_generated}/include")
  wirejit_developer_flags(wirejit_check_headers)
endif()
