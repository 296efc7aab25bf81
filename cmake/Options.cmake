# What a consumer or developer may choose. Developers' parts default to ON only where wirejit is the
# top project.

# At top level both libraries are built; an enclosing project gets the one that BUILD_SHARED_LIBS
# asks for.
set(wirejit_static_default ON)
set(wirejit_shared_default ON)
if(NOT PROJECT_IS_TOP_LEVEL AND BUILD_SHARED_LIBS)
  set(wirejit_static_default OFF)
elseif(NOT PROJECT_IS_TOP_LEVEL)
  set(wirejit_shared_default OFF)
endif()
if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|amd64|AMD64|aarch64|arm64|ARM64)$")
  set(wirejit_jit_default ON)
else()
  set(wirejit_jit_default OFF)
endif()
option(WIREJIT_JIT "Generate machine code, which needs asmjit; otherwise the interpreter serves" ${wirejit_jit_default})
option(WIREJIT_BUILD_STATIC "Build the static library" ${wirejit_static_default})
option(WIREJIT_BUILD_SHARED "Build the shared library" ${wirejit_shared_default})
option(WIREJIT_BUILD_TESTS "Build the tests" ${PROJECT_IS_TOP_LEVEL})
option(WIREJIT_BUILD_BENCH "Build the benchmarks" ${PROJECT_IS_TOP_LEVEL})
option(WIREJIT_BUILD_TOOLS "Build the wirejit command line" ${PROJECT_IS_TOP_LEVEL})
option(WIREJIT_BUILD_FUZZ "Build the fuzzers, with libFuzzer where it can be had (clang, this machine)" OFF)
option(WIREJIT_PROTOBUF "Build wirejit::protobuf, which reads .proto text, where libprotobuf is found"
  ${PROJECT_IS_TOP_LEVEL})
option(WIREJIT_ZLIB "Inflate and deflate payloads of THeaders, where zlib is found" ON)
option(WIREJIT_INSTALL "Make install rules" ${PROJECT_IS_TOP_LEVEL})
option(WIREJIT_WERROR "Warnings are errors" OFF)
set(WIREJIT_SANITIZE "" CACHE STRING "Sanitizers for everything built here, such as address,undefined")
# Tests are most of what a build compiles. These make them cheap and leave the library as it is.
set(WIREJIT_TEST_OPTIONS "" CACHE STRING "Compile options of tests that are short, such as -O0")
option(WIREJIT_TEST_PRECOMPILED "Precompile the headers that most tests include, which hides missing includes" OFF)
set(WIREJIT_TEST_SET "all" CACHE STRING
  "all tests, or engines: those that run engines and need no official library (tests/CMakeLists.txt)")
set_property(CACHE WIREJIT_TEST_SET PROPERTY STRINGS all engines)
option(WIREJIT_LIBRARY_PRECOMPILED "Precompile what most of the library includes, which hides missing includes" OFF)
option(WIREJIT_CHECK_HEADERS "Compile every public header alone, and the examples of headers and guides" ON)

if(NOT WIREJIT_BUILD_STATIC AND NOT WIREJIT_BUILD_SHARED)
  message(FATAL_ERROR "wirejit: WIREJIT_BUILD_STATIC and WIREJIT_BUILD_SHARED are both OFF")
endif()
if(NOT WIREJIT_BUILD_STATIC AND
   (WIREJIT_BUILD_TESTS OR WIREJIT_BUILD_BENCH OR WIREJIT_BUILD_FUZZ OR WIREJIT_BUILD_TOOLS))
  message(FATAL_ERROR "wirejit: tests, benchmarks, fuzzers and tools see internals and need WIREJIT_BUILD_STATIC")
endif()

# A build type must be chosen, else the library would be built without optimisation.
if(PROJECT_IS_TOP_LEVEL AND NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
endif()
if(PROJECT_IS_TOP_LEVEL AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  find_program(WIREJIT_CCACHE ccache)
  if(WIREJIT_CCACHE)
    set(CMAKE_CXX_COMPILER_LAUNCHER "${WIREJIT_CCACHE}")
    if(WIREJIT_TEST_PRECOMPILED OR WIREJIT_LIBRARY_PRECOMPILED)  # what ccache wants of precompiled headers
      list(PREPEND CMAKE_CXX_COMPILER_LAUNCHER env CCACHE_SLOPPINESS=pch_defines,time_macros)
    endif()
  endif()
endif()
