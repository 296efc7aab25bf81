# Compiler settings of our own code. Entry: wirejit_developer_flags(target), for every target except
# the peers' generated code. It adds warnings and nothing that a consumer would inherit. Sanitizers
# are set for the whole tree, since all parts must agree on them.

if(WIREJIT_SANITIZE)
  add_compile_options(-fsanitize=${WIREJIT_SANITIZE} -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${WIREJIT_SANITIZE})
  if(WIREJIT_SANITIZE MATCHES "undefined")
    add_compile_options(-fno-sanitize-recover=all)
    if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
      # This check reads the words before a function's entry: in code made at run time they are not
      # ours to read.
      add_compile_options(-fno-sanitize=function)
    endif()
  endif()
endif()

function(wirejit_developer_flags target)
  target_compile_features(${target} PRIVATE cxx_std_23)
  set_target_properties(${target} PROPERTIES CXX_EXTENSIONS OFF)
  if(CMAKE_CXX_COMPILER_ID MATCHES "GNU|Clang")
    target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wconversion -Wshadow)
    if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
      # GCC bug 105651: false alarms inside std::string's operator+.
      target_compile_options(${target} PRIVATE -Wno-restrict)
    endif()
    if(WIREJIT_WERROR)
      target_compile_options(${target} PRIVATE -Werror)
    endif()
  endif()
endfunction()
