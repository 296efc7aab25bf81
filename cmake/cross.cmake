# What the toolchain files share: the sysroot, where to look for packages and programs, and the emulator that runs the
# tests. Entry: a toolchain file sets wirejit_cross_{arch,triplet,cpu} and includes this.
# Choices: WIREJIT_SYSROOT (build/sysroot-ARCH, which tools/sysroot.sh fills), WIREJIT_EMULATOR (qemu-CPU-static, else
# qemu-CPU; empty where the machine runs such programs itself).

set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR "${wirejit_cross_cpu}")
set(CMAKE_LIBRARY_ARCHITECTURE "${wirejit_cross_triplet}")
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES WIREJIT_SYSROOT WIREJIT_EMULATOR)

cmake_path(SET wirejit_cross_sysroot NORMALIZE "${CMAKE_CURRENT_LIST_DIR}/../build/sysroot-${wirejit_cross_arch}")
set(WIREJIT_SYSROOT "${wirejit_cross_sysroot}" CACHE PATH "What the cross build compiles and links against")
if(NOT EXISTS "${WIREJIT_SYSROOT}/.complete")
  message(FATAL_ERROR "wirejit: no sysroot in ${WIREJIT_SYSROOT}: tools/sysroot.sh ${wirejit_cross_arch} fills it")
endif()
set(CMAKE_SYSROOT "${WIREJIT_SYSROOT}")

# Libraries are the target's, programs (the Thrift compiler, Python) the host's.
list(APPEND CMAKE_FIND_ROOT_PATH "${WIREJIT_SYSROOT}")
list(REMOVE_DUPLICATES CMAKE_FIND_ROOT_PATH)
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)

find_program(WIREJIT_EMULATOR NAMES "qemu-${wirejit_cross_cpu}-static" "qemu-${wirejit_cross_cpu}"
  DOC "Runs programs of the target")
if(WIREJIT_EMULATOR)
  set(CMAKE_CROSSCOMPILING_EMULATOR "${WIREJIT_EMULATOR};-L;${WIREJIT_SYSROOT}")
endif()
