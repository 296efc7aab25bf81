// A user of the optional component: a schema from .proto text.
#include <wirejit/pb_import.h>

#include <cstdio>

int main() {
  const auto schema = wirejit::pb::load_proto_map(
      {{"point.proto", "syntax = \"proto3\"; message Point { int32 x = 1; }"}}, "point.proto");
  if (!schema) {
    std::fprintf(stderr, "%s\n", schema.error().to_string().c_str());
    return 1;
  }
  return schema->find_struct("Point") ? 0 : 1;
}
