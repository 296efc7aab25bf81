# The examples of headers and guides, compiled and run: extract_examples.py says what an example is.

set(wirejit_extract_examples "${CMAKE_CURRENT_LIST_DIR}/extract_examples.py")

# wirejit_add_examples(target SUITE name PREAMBLES file INPUTS files...): one executable and one
# ctest of all examples, and one more of each whole program (target_1, ...). An input whose examples
# changed is extracted again by the build; CMake runs again, as there may be other whole programs.
function(wirejit_add_examples target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "SUITE;PREAMBLES" "INPUTS")
  set(folder "${CMAKE_CURRENT_BINARY_DIR}/${target}_sources")
  set(command "${Python3_EXECUTABLE}" "${wirejit_extract_examples}" --out "${folder}"
    --preambles "${arg_PREAMBLES}" --suite "${arg_SUITE}")
  execute_process(COMMAND ${command} --list ${arg_INPUTS}
    OUTPUT_VARIABLE sources OUTPUT_STRIP_TRAILING_WHITESPACE RESULT_VARIABLE failed)
  if(failed)
    message(FATAL_ERROR "wirejit: the examples cannot be extracted; see above")
  endif()
  string(REPLACE "\n" ";" sources "${sources}")
  set(guides ${arg_INPUTS})
  list(FILTER guides INCLUDE REGEX "\\.md$")
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${guides})
  add_custom_command(OUTPUT ${sources} COMMAND ${command} ${arg_INPUTS}
    DEPENDS "${wirejit_extract_examples}" "${arg_PREAMBLES}" ${arg_INPUTS}
    COMMENT "Extracting examples for ${target}" VERBATIM)

  set(programs ${sources})
  list(FILTER programs INCLUDE REGEX "_whole_[0-9]+\\.cc$")
  list(FILTER sources EXCLUDE REGEX "_whole_[0-9]+\\.cc$")
  add_executable(${target} ${sources})
  target_include_directories(${target} PRIVATE "${PROJECT_SOURCE_DIR}")
  target_link_libraries(${target} PRIVATE wirejit_static ${wirejit_dependencies} GTest::gtest_main)
  set(targets ${target})
  set(index 0)
  foreach(program IN LISTS programs)
    math(EXPR index "${index} + 1")
    add_executable(${target}_${index} "${program}")
    target_link_libraries(${target}_${index} PRIVATE wirejit_static ${wirejit_dependencies})
    add_dependencies(${target}_${index} ${target})  # one of them extracts
    list(APPEND targets ${target}_${index})
  endforeach()
  foreach(made IN LISTS targets)
    wirejit_developer_flags(${made})
    # What an example only shows need not be used.
    target_compile_options(${made} PRIVATE -Wno-unused-variable -Wno-unused-but-set-variable)
    add_test(NAME ${made} COMMAND ${made} WORKING_DIRECTORY "${PROJECT_SOURCE_DIR}")
    set_tests_properties(${made} PROPERTIES TIMEOUT 300)
  endforeach()
endfunction()
