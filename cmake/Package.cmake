# Debian packages by `cpack -G DEB` in the build folder: libwirejit0.2, libwirejit-dev, wirejit-tools, libwirejit-doc.
# Entry: included by Install.cmake. Each is one component of the install rules; each carries its licence as
# share/doc/PACKAGE/copyright. Dependencies of programs and libraries are found by dpkg-shlibdeps.

set(wirejit_abi "${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR}")
set(wirejit_deb_runtime "libwirejit${wirejit_abi}")
set(wirejit_deb_development libwirejit-dev)
set(wirejit_deb_tools wirejit-tools)
set(wirejit_deb_documentation libwirejit-doc)

file(READ LICENSE wirejit_licence)
string(REGEX REPLACE "\n+$" "" wirejit_licence "${wirejit_licence}")
string(REPLACE "\n\n" "\n.\n" wirejit_licence "\n${wirejit_licence}")
string(REPLACE "\n\n" "\n.\n" wirejit_licence "${wirejit_licence}")
string(REPLACE "\n" "\n " wirejit_licence "${wirejit_licence}")
file(CONFIGURE OUTPUT "${wirejit_generated}/copyright" @ONLY CONTENT
[[Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: wirejit

Files: *
Copyright: the authors of wirejit
License: Apache-2.0

License: Apache-2.0@wirejit_licence@
]])

set(wirejit_documents README.md CHANGELOG.md LICENSE)
foreach(document IN ITEMS UPGRADING.md SECURITY.md CONTRIBUTING.md)
  if(EXISTS "${PROJECT_SOURCE_DIR}/${document}")
    list(APPEND wirejit_documents ${document})
  endif()
endforeach()
install(FILES ${wirejit_documents} DESTINATION "${CMAKE_INSTALL_DATAROOTDIR}/doc/${wirejit_deb_documentation}"
  COMPONENT documentation)
# Pages of the sources, and what the target `docs` made of the headers, if it was built.
foreach(pages IN ITEMS "${PROJECT_SOURCE_DIR}/docs" "${PROJECT_BINARY_DIR}/docs")
  install(DIRECTORY "${pages}/" DESTINATION "${CMAKE_INSTALL_DATAROOTDIR}/doc/${wirejit_deb_documentation}/docs"
    COMPONENT documentation OPTIONAL)
endforeach()

set(wirejit_components development documentation)
if(TARGET wirejit_shared)
  list(APPEND wirejit_components runtime)
endif()
if(WIREJIT_BUILD_TOOLS)
  list(APPEND wirejit_components tools)
endif()
foreach(component IN LISTS wirejit_components)
  install(FILES "${wirejit_generated}/copyright"
    DESTINATION "${CMAKE_INSTALL_DATAROOTDIR}/doc/${wirejit_deb_${component}}" COMPONENT ${component})
  string(TOUPPER "${component}" upper)
  set(CPACK_DEBIAN_${upper}_PACKAGE_NAME "${wirejit_deb_${component}}")
  set(CPACK_DEBIAN_${upper}_FILE_NAME DEB-DEFAULT)
endforeach()

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME wirejit)
set(CPACK_PACKAGE_VENDOR "wirejit")
set(CPACK_PACKAGE_CONTACT "The authors of wirejit" CACHE STRING
  "The packages' maintainer, as Debian writes it: NAME <ADDRESS>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "${PROJECT_DESCRIPTION}")
set(CPACK_RESOURCE_FILE_LICENSE "${PROJECT_SOURCE_DIR}/LICENSE")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_COMPONENTS_ALL ${wirejit_components})
set(CPACK_COMPONENTS_GROUPING IGNORE)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_PACKAGE_HOMEPAGE "")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
  OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
if(CMAKE_CROSSCOMPILING)  # dpkg-shlibdeps would look at the libraries of this machine
  set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS OFF)
else()
  set(CPACK_DEBIAN_RUNTIME_PACKAGE_SHLIBDEPS ON)
  set(CPACK_DEBIAN_TOOLS_PACKAGE_SHLIBDEPS ON)
endif()

set(CPACK_DEBIAN_RUNTIME_PACKAGE_SECTION libs)
set(CPACK_COMPONENT_RUNTIME_DESCRIPTION "The shared library.")
set(CPACK_DEBIAN_RUNTIME_PACKAGE_GENERATE_SHLIBS OFF)
set(CPACK_DEBIAN_RUNTIME_PACKAGE_CONTROL_EXTRA "${wirejit_generated}/triggers")
file(CONFIGURE OUTPUT "${wirejit_generated}/triggers" CONTENT "activate-noawait ldconfig\n")

set(wirejit_depends)
if(TARGET wirejit_shared)
  list(APPEND wirejit_depends "${wirejit_deb_runtime} (= ${PROJECT_VERSION})")
endif()
if(WIREJIT_JIT AND TARGET wirejit_static)
  list(APPEND wirejit_depends libasmjit-dev)
endif()
if(wirejit_has_zlib AND TARGET wirejit_static)
  list(APPEND wirejit_depends zlib1g-dev)
endif()
list(JOIN wirejit_depends ", " CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS)
if(wirejit_has_protobuf)
  set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SUGGESTS "libprotobuf-dev, ${wirejit_deb_documentation}")
else()
  set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SUGGESTS "${wirejit_deb_documentation}")
endif()
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SECTION libdevel)
set(CPACK_COMPONENT_DEVELOPMENT_DESCRIPTION "Headers, static libraries, and files for CMake and pkg-config.")

set(CPACK_DEBIAN_TOOLS_PACKAGE_SECTION devel)
set(CPACK_COMPONENT_TOOLS_DESCRIPTION "The command line: convert, describe, dump, bench, doctor.")

set(CPACK_DEBIAN_DOCUMENTATION_PACKAGE_SECTION doc)
set(CPACK_DEBIAN_DOCUMENTATION_PACKAGE_ARCHITECTURE all)
set(CPACK_COMPONENT_DOCUMENTATION_DESCRIPTION "The guide, the changelog and the reference.")

include(CPack)
