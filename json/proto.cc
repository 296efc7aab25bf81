// The format of ProtoJSON. It maps ProtoOptions to a dialect of JSON.
#include "json/proto.h"

#include "json/describe.h"
#include "json/proto_reader.h"
#include "json/proto_writer.h"
#include "json/skipper.h"

#include <memory>
#include <utility>

namespace wirejit::json {

namespace {

constexpr Dialect dialect_of(const ProtoOptions& o, bool is_payload,
                             Unknown unknown = Unknown::error) {
  Dialect d;
  d.indent = o.indent;
  d.int64 = Int64::text;
  d.enums_as_numbers = o.enums_as_numbers;
  d.keys = o.preserve_proto_names ? Keys::name : Keys::alias;
  d.unknown = unknown;
  d.proto = true;
  d.reject_duplicates = o.reject_duplicates;
  d.print_implicit = o.always_print_fields_without_presence;
  d.is_payload = is_payload;
  return d;
}

}  // namespace

bool ProtoFormat::equals(const lower::FormatImpl& other) const noexcept {
  const auto* const same = dynamic_cast<const ProtoFormat*>(&other);
  return same != nullptr && same->options_ == options_ && same->payload_ == payload_ &&
         same->is_payload_ == is_payload_;
}

std::size_t ProtoFormat::hash() const noexcept {
  return core::Hasher().add(name()).add(options_).add(is_payload_).add(payload_.hash()).hash();
}

Result<void> ProtoFormat::check(const StructType& type) const {
  return check_keys(type, dialect_of(options_, is_payload_));
}

std::unique_ptr<lower::Reader> ProtoFormat::make_reader(
    const lower::CompileOptions& compile) const {
  const bool rejects = is_payload_ && compile.unknown == Unknown::keep;
  return std::make_unique<ProtoReader>(
      dialect_of(options_, is_payload_, rejects ? Unknown::error : compile.unknown),
      payload_formats(true));
}

std::unique_ptr<lower::Writer> ProtoFormat::make_writer(
    const lower::CompileOptions& compile) const {
  return std::make_unique<ProtoWriter>(dialect_of(options_, is_payload_), compile,
                                       payload_formats(false));
}

bool ProtoFormat::has_duplicate_field(jit::Context& ctx, const Type& type,
                                      Bytes input) const noexcept {
  return type.kind == Kind::structure && !options_.reject_duplicates &&
         has_duplicate_key(ctx, input);
}

lower::Description ProtoFormat::describe(const lower::ReadFailure& failure) const {
  return json::describe(failure, dialect_of(options_, is_payload_));
}

std::unique_ptr<lower::SkipMachine> ProtoFormat::make_skipper(Kind, const Limits& limits) const {
  return value_skipper(limits);
}

lower::FormatPair ProtoFormat::payload_formats(bool reads) const {
  const Format content(std::make_shared<const ProtoFormat>(payload_, options_, true));
  return reads ? lower::FormatPair{content, payload_} : lower::FormatPair{payload_, content};
}

}  // namespace wirejit::json
