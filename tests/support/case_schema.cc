#include "tests/support/case_schema.h"

#include <wirejit/json.h>
#include <wirejit/pb.h>
#include <wirejit/thrift.h>

namespace wirejit::test {

bool has_case_descriptors() {
#ifdef WIREJIT_CASE_DESCRIPTORS
  return true;
#else
  return false;
#endif
}

Result<Schema> load_case_schema(std::string_view file) {
  if (!file.ends_with(".proto")) {
    return thrift::load_file(WIREJIT_SOURCE_DIR "/tests/cases/" + std::string(file));
  }
#ifdef WIREJIT_CASE_DESCRIPTORS
  file.remove_suffix(std::string_view(".proto").size());
  return pb::load_file(WIREJIT_CASE_DESCRIPTORS "/" + std::string(file) + ".binpb");
#else
  return std::unexpected(Error(Errc::not_found, "this build had no protoc"));
#endif
}

std::optional<Format> format_by_name(std::string_view name) {
  static const Format known[] = {thrift::binary, thrift::compact, pb::wire, json::text, pb::json()};
  for (const Format& format : known) {
    if (format.name() == name) {
      return format;
    }
  }
  return std::nullopt;
}

}  // namespace wirejit::test
