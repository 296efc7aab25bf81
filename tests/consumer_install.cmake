# Installs the build into an empty prefix, then configures, builds and runs tests/consumer against
# it, once per kind of library (a script: cmake -DBUILD= -DSOURCE= -DWORK= -DKINDS= -DPROTOBUF= -DCXX=
# -DGENERATOR= -P). A cross build also sets TOOLCHAIN, SYSROOT and EMULATOR.

function(run)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE failed OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(failed)
    list(JOIN ARGN " " command)
    message(FATAL_ERROR "failed: ${command}\n${output}")
  endif()
endfunction()

if(TOOLCHAIN)
  # Packages are looked for in root paths alone.
  set(tools "-DCMAKE_TOOLCHAIN_FILE=${TOOLCHAIN}" "-DWIREJIT_SYSROOT=${SYSROOT}"
    "-DCMAKE_FIND_ROOT_PATH=${WORK}/prefix")
else()
  set(tools "-DCMAKE_CXX_COMPILER=${CXX}" "-DCMAKE_PREFIX_PATH=${WORK}/prefix")
endif()

file(REMOVE_RECURSE "${WORK}")
run("${CMAKE_COMMAND}" --install "${BUILD}" --prefix "${WORK}/prefix")
foreach(kind IN LISTS KINDS)
  run("${CMAKE_COMMAND}" -S "${SOURCE}" -B "${WORK}/${kind}" -G "${GENERATOR}" ${tools}
      "-DCONSUMER_COMPONENT=${kind}" "-DCONSUMER_PROTOBUF=${PROTOBUF}" -DCMAKE_BUILD_TYPE=Release)
  run("${CMAKE_COMMAND}" --build "${WORK}/${kind}")
  run(${EMULATOR} "${WORK}/${kind}/consumer")
  if(PROTOBUF)
    run(${EMULATOR} "${WORK}/${kind}/consumer_protobuf")
  endif()
endforeach()

# A component that does not exist is named, with those that do.
execute_process(COMMAND "${CMAKE_COMMAND}" -S "${SOURCE}" -B "${WORK}/unknown" -G "${GENERATOR}" ${tools}
    -DCONSUMER_COMPONENT=sttaic RESULT_VARIABLE failed OUTPUT_QUIET ERROR_VARIABLE output)
string(REGEX REPLACE "[ \n]+" " " output "${output}")
list(JOIN KINDS ", " existing)
if(NOT failed OR NOT output MATCHES "component of wirejit is installed: sttaic; installed are: ${existing}")
  message(FATAL_ERROR "the unknown component is not named:\n${output}")
endif()
file(REMOVE_RECURSE "${WORK}")
