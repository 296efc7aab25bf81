# Runs the Thrift compiler on one IDL file (a script: cmake -DIDL= -DINCLUDES= -DNAMESPACE=
# -DOPTIONS= -DOUT= -DTHRIFT= -P). The names of the files that it writes depend on the IDL's
# contents (constants, services), so one NAME_all.cc that includes them all is the output that the
# build knows.

# A private folder for the changed copies: several of these scripts run at once.
cmake_path(GET IDL STEM name)
set(work "${OUT}/${name}.work")
file(REMOVE_RECURSE "${work}")
file(MAKE_DIRECTORY "${work}/gen")
foreach(file IN LISTS INCLUDES)
  cmake_path(GET file FILENAME filename)
  file(READ "${file}" text)
  string(REGEX REPLACE "(^|\n)[ \t]*namespace[ \t]+(cpp|\\*)[ \t]+[^\n]*" "\\1" text "${text}")
  file(WRITE "${work}/${filename}" "namespace cpp ${NAMESPACE}\n${text}")
endforeach()

execute_process(
  COMMAND "${THRIFT}" --gen "cpp:${OPTIONS}" -out "${work}/gen" "${work}/${name}.thrift"
  RESULT_VARIABLE failed ERROR_VARIABLE errors)
if(failed)
  message(FATAL_ERROR "thrift failed on ${IDL}:\n${errors}")
endif()

set(all "// Generated. All that the Thrift compiler wrote for ${name}.thrift.\n")
file(GLOB generated RELATIVE "${work}/gen" "${work}/gen/*")
list(SORT generated)
foreach(file IN LISTS generated)
  file(READ "${work}/gen/${file}" text)
  # Both variants use the same include guards: tell them apart.
  string(REGEX REPLACE "#(ifndef|define) ([A-Za-z0-9_]+_(H|TCC))" "#\\1 ${NAMESPACE}_\\2" text "${text}")
  file(WRITE "${OUT}/${file}" "${text}")
  if(file MATCHES "\\.cpp$")
    string(APPEND all "#include \"${file}\"\n")
  endif()
endforeach()
file(WRITE "${OUT}/${name}_all.cc" "${all}")
file(REMOVE_RECURSE "${work}")
