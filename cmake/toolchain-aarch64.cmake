# Cross build for AArch64 Linux with GCC, see cross.cmake.
set(wirejit_cross_arch arm64)
set(wirejit_cross_triplet aarch64-linux-gnu)
set(wirejit_cross_cpu aarch64)
include("${CMAKE_CURRENT_LIST_DIR}/cross.cmake")
set(CMAKE_CXX_COMPILER aarch64-linux-gnu-g++)
