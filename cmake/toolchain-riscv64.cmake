# Cross build for riscv64 Linux, a CPU without a code generator: only the interpreter serves. With clang, which uses
# the sysroot's C++ library, newer than the one of the host's cross compilers. See cross.cmake.
set(wirejit_cross_arch riscv64)
set(wirejit_cross_triplet riscv64-linux-gnu)
set(wirejit_cross_cpu riscv64)
include("${CMAKE_CURRENT_LIST_DIR}/cross.cmake")
set(CMAKE_CXX_COMPILER clang++-19)
set(CMAKE_CXX_COMPILER_TARGET riscv64-linux-gnu)
# The sysroot's libgtest.a is of a GCC whose exception tables older linkers cannot read.
set(WIREJIT_GTEST_SOURCE "${WIREJIT_SYSROOT}/usr/src/googletest/googletest" CACHE PATH "")
