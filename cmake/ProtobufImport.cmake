# wirejit::protobuf, the optional component that reads .proto text and the official library's descriptors
# (include/wirejit/pb_import.h): a static library, built where libprotobuf is found. It sees the public headers
# alone and is linked beside wirejit::wirejit.
# Invariant: without it, pb_import.h is not installed.

set(wirejit_has_protobuf OFF)
if(NOT WIREJIT_PROTOBUF)
  return()
endif()
find_package(Protobuf QUIET)
if(NOT Protobuf_FOUND)
  message(STATUS "wirejit: no libprotobuf: wirejit::protobuf, which reads .proto text, is left out")
  return()
endif()
set(wirejit_has_protobuf ON)
file(GLOB wirejit_protobuf_sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/pb/import/*.cc")
add_library(wirejit_protobuf STATIC ${wirejit_protobuf_sources})
# Where the official library's own .proto files are.
list(GET Protobuf_INCLUDE_DIRS 0 wirejit_proto_include)
target_compile_definitions(wirejit_protobuf PRIVATE "WIREJIT_PROTO_INCLUDE_DIR=\"${wirejit_proto_include}\"")
target_include_directories(wirejit_protobuf SYSTEM PRIVATE ${Protobuf_INCLUDE_DIRS})
target_compile_features(wirejit_protobuf PUBLIC cxx_std_23)
target_include_directories(wirejit_protobuf INTERFACE
  "$<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>" "$<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>")
target_include_directories(wirejit_protobuf PRIVATE "${PROJECT_SOURCE_DIR}/include" "${wirejit_generated}/include")
target_link_libraries(wirejit_protobuf PRIVATE "$<BUILD_INTERFACE:${Protobuf_LIBRARIES}>")
# Static libraries are searched once, in order: what it uses comes behind it.
target_link_libraries(wirejit_protobuf INTERFACE "$<BUILD_INTERFACE:wirejit::wirejit>")
set_target_properties(wirejit_protobuf PROPERTIES
  POSITION_INDEPENDENT_CODE ON EXPORT_NAME protobuf VERSION ${PROJECT_VERSION})
wirejit_developer_flags(wirejit_protobuf)

# It comes with the library of the consumer's choice; so it does in the installed package
# (wirejit-config.cmake).
add_library(wirejit_protobuf_component INTERFACE)
target_link_libraries(wirejit_protobuf_component INTERFACE wirejit_protobuf wirejit::wirejit)
add_library(wirejit::protobuf ALIAS wirejit_protobuf_component)
