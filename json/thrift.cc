// The formats of Thrift's JSON protocols.
#include "json/thrift.h"

#include "core/excerpt.h"
#include "json/describe.h"
#include "json/dialect.h"
#include "json/thrift_reader.h"
#include "json/thrift_run.h"
#include "json/thrift_writer.h"
#include "json/writer.h"

#include <algorithm>
#include <string>
#include <string_view>

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
  return at == ',' || at == '"'   ? "there are more elements than the count says"
         : at == ']' || at == '}' ? "there are fewer elements than the count says"
                                  : "";
}

bool is_container(const Type& type) {
  return type.kind == Kind::list || type.kind == Kind::set || type.kind == Kind::map;
}

// An excerpt of the string whose opening quote is at text[0].
std::string string_at(std::string_view text) {
  text = text.substr(std::min<std::size_t>(1, text.size()));
  return core::excerpt(text.substr(0, text.find('"')));
}

Result<void> check_struct(const StructType& type, ThriftCheck can_hold) {
  if (Result<void> held = can_hold(type); !held) {
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

constexpr Dialect simple_dialect(Unknown unknown = Unknown::skip) {
  Dialect d;
  d.keys = Keys::name;
  d.enums_as_numbers = true;
  d.base64_padding = false;
  d.unknown = unknown;
  return d;
}

}  // namespace

Result<void> ThriftFormat::check(const StructType& type) const {
  return check_struct(type, can_hold_);
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
  const std::string_view all(reinterpret_cast<const char*>(failure.input.data()),
                             failure.input.size());
  const std::string_view at = all.substr(std::min(failure.offset, all.size()));
  switch (failure.code) {
    case Errc::invalid_count:
      return {.message = at.empty() ? "" : describe_count(at.front()), .inner = {}};
    case Errc::unknown_field:
      return {.message = "the schema has no field " + string_at(at) + " of that type", .inner = {}};
    case Errc::type_mismatch:
      if (failure.type != nullptr && is_container(*failure.type) && failure.offset > 0 &&
          all[failure.offset - 1] == '"') {
        return {.message = "expected " + failure.type->to_string() + ", found the type " +
                           string_at(all.substr(failure.offset - 1)),
                .inner = {}};
      }
      return json::describe(failure, Dialect());
    case Errc::truncated: return {};
    default: return json::describe(failure, Dialect());
  }
}

// ---- SimpleJSON

Result<void> SimpleFormat::check(const StructType& type) const {
  Result<void> held = check_struct(type, can_hold_);
  return held ? check_keys(type, simple_dialect()) : held;
}

std::unique_ptr<lower::Reader> SimpleFormat::make_reader(
    const lower::CompileOptions& compile) const {
  return std::make_unique<SimpleReader>(simple_dialect(compile.unknown));
}

std::unique_ptr<lower::Writer> SimpleFormat::make_writer(
    const lower::CompileOptions& compile) const {
  return std::make_unique<TextWriter>(simple_dialect(), compile);
}

lower::Description SimpleFormat::describe(const lower::ReadFailure& failure) const {
  return json::describe(failure, simple_dialect());
}

}  // namespace wirejit::json
