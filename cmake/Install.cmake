# Install rules and the exported package: find_package(wirejit CONFIG [COMPONENTS static|shared] [protobuf]).

if(NOT WIREJIT_INSTALL)
  return()
endif()
include(CMakePackageConfigHelpers)

if(wirejit_has_protobuf)
  set(wirejit_left_out)
else()
  set(wirejit_left_out PATTERN "pb_import.h" EXCLUDE)
endif()
install(DIRECTORY include/wirejit "${wirejit_generated}/include/wirejit"
  DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}" COMPONENT development FILES_MATCHING PATTERN "*.h" ${wirejit_left_out})

set(wirejit_package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/wirejit")
foreach(kind IN ITEMS static shared)
  if(TARGET wirejit_${kind})
    install(TARGETS wirejit_${kind} EXPORT wirejit-${kind}-targets
      ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT development
      LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT runtime NAMELINK_COMPONENT development)
    install(EXPORT wirejit-${kind}-targets NAMESPACE wirejit::
      DESTINATION "${wirejit_package_dir}" COMPONENT development)
  endif()
endforeach()

if(wirejit_has_protobuf)
  install(TARGETS wirejit_protobuf EXPORT wirejit-protobuf-targets
    ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT development)
  install(EXPORT wirejit-protobuf-targets NAMESPACE wirejit::
    DESTINATION "${wirejit_package_dir}" COMPONENT development)
endif()

configure_package_config_file(cmake/wirejit-config.cmake.in "${wirejit_generated}/wirejit-config.cmake"
  INSTALL_DESTINATION "${wirejit_package_dir}")
write_basic_package_version_file("${wirejit_generated}/wirejit-config-version.cmake"
  COMPATIBILITY SameMinorVersion)
install(FILES "${wirejit_generated}/wirejit-config.cmake" "${wirejit_generated}/wirejit-config-version.cmake"
  DESTINATION "${wirejit_package_dir}" COMPONENT development)

include(cmake/PkgConfig.cmake)
include(cmake/Package.cmake)
