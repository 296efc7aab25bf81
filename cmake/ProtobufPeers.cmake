# The official Protobuf library, with which tests, benchmarks and fuzzers compare. Without it they
# leave out what needs it: tests/pb_*_test.cc and tests/protobuf_*.cc.
find_package(Protobuf)
if(Protobuf_FOUND)
  add_library(wirejit_libprotobuf INTERFACE)
  target_link_libraries(wirejit_libprotobuf INTERFACE ${Protobuf_LIBRARIES})
  target_include_directories(wirejit_libprotobuf SYSTEM INTERFACE ${Protobuf_INCLUDE_DIRS})
else()
  message(STATUS "wirejit: no libprotobuf: what compares with it is left out")
endif()
