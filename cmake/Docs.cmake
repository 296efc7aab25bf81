# The documentation's site, made by doxygen of the public headers, README.md and docs/*.md. Entry: the
# target docs, which writes it to the folder docs of the build; the test docs_have_no_warnings only
# checks the same. Both fail if doxygen warns, as it does of what has no comment.

find_program(WIREJIT_DOXYGEN doxygen)
mark_as_advanced(WIREJIT_DOXYGEN)
find_package(Python3 COMPONENTS Interpreter)

if(WIREJIT_DOXYGEN AND Python3_Interpreter_FOUND)
  file(GLOB guides CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/docs/*.md")
  file(GLOB headers CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/include/wirejit/*.h" "${PROJECT_SOURCE_DIR}/include/wirejit/rpc/*.h")
  set(WIREJIT_DOCS_FILTER
    "'${Python3_EXECUTABLE}' '${PROJECT_SOURCE_DIR}/docs/doxygen_filter.py' '${PROJECT_SOURCE_DIR}'")
  set(inputs ${headers} "${PROJECT_SOURCE_DIR}/README.md" ${guides})
  list(JOIN inputs "\" \\\n                         \"" WIREJIT_DOCS_INPUT)
  set(WIREJIT_DOCS_INPUT "\"${WIREJIT_DOCS_INPUT}\"")

  set(WIREJIT_DOCS_OUTPUT "${PROJECT_BINARY_DIR}/docs")
  set(WIREJIT_DOCS_HTML YES)
  set(WIREJIT_DOCS_XML NO)
  configure_file(docs/Doxyfile.in Doxyfile @ONLY)
  add_custom_command(OUTPUT "${PROJECT_BINARY_DIR}/docs/index.html"
    COMMAND "${CMAKE_COMMAND}" -E rm -rf "${PROJECT_BINARY_DIR}/docs"
    COMMAND "${CMAKE_COMMAND}" -E make_directory "${PROJECT_BINARY_DIR}/docs"
    COMMAND "${WIREJIT_DOXYGEN}" "${PROJECT_BINARY_DIR}/Doxyfile"
    DEPENDS ${inputs} "${PROJECT_SOURCE_DIR}/docs/doxygen_filter.py" "${PROJECT_BINARY_DIR}/Doxyfile"
    COMMENT "Writing the documentation to docs/" VERBATIM)
  add_custom_target(docs DEPENDS "${PROJECT_BINARY_DIR}/docs/index.html")

  set(WIREJIT_DOCS_OUTPUT "${PROJECT_BINARY_DIR}/docs_check")
  set(WIREJIT_DOCS_HTML NO)
  set(WIREJIT_DOCS_XML YES)  # what is not written is not checked; this is written fastest
  configure_file(docs/Doxyfile.in Doxyfile.check @ONLY)
else()
  message(STATUS "wirejit: no doxygen, or no Python: there is no target docs")
endif()

# Once is enough: the result is the same for all CPUs and sanitizers.
if(WIREJIT_BUILD_TESTS AND NOT WIREJIT_SANITIZE AND NOT CMAKE_CROSSCOMPILING)
  if(WIREJIT_DOXYGEN AND Python3_Interpreter_FOUND)
    add_test(NAME docs_have_no_warnings COMMAND "${WIREJIT_DOXYGEN}" "${PROJECT_BINARY_DIR}/Doxyfile.check")
  else()
    add_test(NAME docs_have_no_warnings COMMAND "${CMAKE_COMMAND}" -E echo "skipped: no doxygen")
  endif()
  set_tests_properties(docs_have_no_warnings PROPERTIES SKIP_REGULAR_EXPRESSION "skipped:")
  if(Python3_Interpreter_FOUND)
    add_test(NAME docs_filter_self_test
      COMMAND "${Python3_EXECUTABLE}" "${PROJECT_SOURCE_DIR}/docs/doxygen_filter.py" --self-test)
  endif()
endif()
