// The formats of Thrift's JSON protocols.
#include "json/thrift.h"

#include "json/describe.h"
#include "json/dialect.h"
#include "json/thrift_reader.h"
#include "json/thrift_run.h"
#include "json/thrift_writer.h"

#include <string>

namespace wirejit::json {

namespace {

// Whether the type is, or has in it, a map whose keys no object can have.
bool has_other_keys(const Type& type) {
  if (type.kind == Kind::map && (!is_object_map(type) || has_other_keys(*type.value))) {
    return true;
  }
  return type.element != nullptr && has_other_keys(*type.element);
}

// A container's head, or an element, at `at`.
std::string describe_count(char at) {
  return at == ','                ? "there are more elements than the count says"
         : at == ']' || at == '}' ? "there are fewer elements than the count says"
                                  : "";
}

}  // namespace

Result<void> ThriftFormat::check(const StructType& type) const {
  if (Result<void> held = can_hold_(type); !held) {
    return held;
  }
  for (const Field& f : type.fields) {
    if (has_other_keys(*f.type)) {
      return lower::unheld(type, f,
                           "Thrift's JSON has no map whose keys are structs or containers");
    }
  }
  return {};
}

std::unique_ptr<lower::Reader> ThriftFormat::make_reader(
    const lower::CompileOptions& compile) const {
  return std::make_unique<ThriftReader>(compile.unknown);
}

std::unique_ptr<lower::Writer> ThriftFormat::make_writer(
    const lower::CompileOptions& compile) const {
  return std::make_unique<ThriftWriter>(compile);
}

lower::Description ThriftFormat::describe(const lower::ReadFailure& failure) const {
  const bool is_container = failure.type != nullptr && failure.offset < failure.input.size();
  if (failure.code == Errc::invalid_count && is_container) {
    return {.message = describe_count(static_cast<char>(failure.input[failure.offset])),
            .inner = {}};
  }
  if (failure.code == Errc::truncated) {
    return {};
  }
  return json::describe(failure, Dialect());
}

}  // namespace wirejit::json
