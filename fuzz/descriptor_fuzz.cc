// Loads descriptor sets under small limits, and compiles what loads.
// Input: a byte of options, then a FileDescriptorSet.
#include "fuzz/defaults.h"
#include "fuzz/subject.h"

#include <wirejit/pb.h>

#include <cstdio>
#include <cstdlib>

namespace wirejit::fuzz {
namespace {

pb::LoadOptions options_of(std::uint8_t byte) {
  pb::LoadOptions o;
  o.strict_imports = (byte & 1) != 0;
  if ((byte & 2) != 0) {
    o.limits = {.bytes = 1 << 15,
                .files = 6,
                .messages = 50,
                .fields = 200,
                .enum_values = 100,
                .methods = 20,
                .nesting = 6,
                .names = 1 << 15,
                .memory = 1 << 18};
  }
  return o;
}

void require(bool holds, std::string_view otherwise) {
  if (!holds) {
    std::fprintf(stderr, "DISAGREEMENT: %.*s\n", static_cast<int>(otherwise.size()),
                 otherwise.data());
    std::abort();
  }
}

// Loads the set twice, with a guard page after it and then before it. Both must give the same.
void run(std::uint8_t byte, Bytes set) {
  const pb::LoadOptions options = options_of(byte);
  test::GuardedInput guard;
  const Result<Schema> schema = pb::load(guard.at_end(set), options);
  const Result<Schema> again = pb::load(guard.at_begin(set), options);
  require(schema.has_value() == again.has_value(), "a second load differs");
  if (!schema) {
    const Error& e = schema.error();
    require(!e.message().empty() && e.message().size() <= 2000, "an error without a message");
    require(e.to_string() == again.error().to_string(), "a second load's error differs");
    return;
  }
  require(!schema->documents().empty(), "a schema without documents");
  check_defaults(*schema, {pb::wire, json::text});
}

}  // namespace
}  // namespace wirejit::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1 || size > 65536) {
    return -1;
  }
  wirejit::fuzz::run(data[0], {data + 1, size - 1});
  return 0;
}
