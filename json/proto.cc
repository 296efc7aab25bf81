// The Format values of ProtoJSON.
#include <wirejit/json.h>

#include "json/describe.h"
#include "json/proto_reader.h"
#include "json/proto_writer.h"
#include "lower/format.h"

#include <memory>
#include <optional>
#include <utility>

namespace wirejit::json {

namespace {

constexpr Dialect dialect_of(const ProtoOptions& o, bool is_payload) {
  Dialect d;
  d.indent = o.indent;
  d.int64_as_string = true;
  d.enums_as_numbers = o.enums_as_numbers;
  d.plain_names = o.preserve_proto_names;
  d.refuse_unknown_keys = !o.ignore_unknown;
  d.proto = true;
  d.drop_unknown_enums = o.ignore_unknown;
  d.refuse_duplicates = o.duplicates == ProtoOptions::Duplicates::refuse;
  d.print_implicit = o.always_print_fields_without_presence;
  d.is_payload = is_payload;
  return d;
}

class ProtoFormat final : public lower::FormatImpl {
 public:
  constexpr ProtoFormat() = default;
  ProtoFormat(const ProtoOptions& options, bool is_payload)
      : options_(options), is_payload_(is_payload) {}

  [[nodiscard]] std::string_view name() const noexcept override { return "protojson"; }
  [[nodiscard]] bool is_text() const noexcept override { return true; }
  [[nodiscard]] bool equals(const lower::FormatImpl& other) const noexcept override {
    const auto* const same = dynamic_cast<const ProtoFormat*>(&other);
    return same != nullptr && same->options_ == options_ && same->is_payload_ == is_payload_;
  }
  [[nodiscard]] std::size_t hash() const noexcept override {
    const auto& [ignore, print, names, numbers, indent, duplicates, payload] = options_;
    core::Hasher h;
    h.add(name()).add(ignore).add(print).add(names).add(numbers).add(indent).add(duplicates);
    return h.add(is_payload_).add(payload ? payload->impl().hash() : 0).hash();
  }
  [[nodiscard]] Result<void> check(const StructType& type) const override {
    return check_keys(type, dialect_of(options_, is_payload_));
  }
  [[nodiscard]] std::unique_ptr<lower::Reader> make_reader(
      const lower::CompileOptions& compile) const override {
    return std::make_unique<ProtoReader>(dialect_of(options_, is_payload_),
                                         payload_formats(true, compile.keep_unknown));
  }
  [[nodiscard]] std::unique_ptr<lower::Writer> make_writer(
      const lower::CompileOptions& compile) const override {
    return std::make_unique<ProtoWriter>(dialect_of(options_, is_payload_), compile,
                                         payload_formats(false, false));
  }
  [[nodiscard]] bool comes_again(jit::Context& ctx, const Type& type,
                                 Bytes input) const noexcept override {
    return type.kind == Kind::structure &&
           options_.duplicates == ProtoOptions::Duplicates::last_wins &&
           key_comes_again(ctx, input);
  }
  [[nodiscard]] lower::Description describe(const lower::ReadFailure& failure) const override {
    return json::describe(failure, dialect_of(options_, is_payload_));
  }

 private:
  // How the content of an Any is read from this format, or written to it. It becomes bytes of the
  // payload's format, which can keep no members of this one: where they are to be kept, they are
  // refused there.
  [[nodiscard]] std::optional<lower::FormatPair> payload_formats(bool reads,
                                                                 bool keeps_unknown) const {
    if (!options_.payload) {
      return std::nullopt;
    }
    ProtoOptions of_text = options_;
    of_text.ignore_unknown = of_text.ignore_unknown && !keeps_unknown;
    const Format text(std::make_shared<const ProtoFormat>(of_text, true));
    const Format& bytes = *options_.payload;
    return reads ? lower::FormatPair{text, bytes} : lower::FormatPair{bytes, text};
  }

  ProtoOptions options_;
  bool is_payload_ = false;
};

constinit const ProtoFormat proto_format;

}  // namespace

constinit const Format proto(&proto_format);

Format proto_with(const ProtoOptions& options) {
  return Format(std::make_shared<const ProtoFormat>(options, false));
}

}  // namespace wirejit::json
