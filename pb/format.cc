// The Format value of Protobuf's wire.
#include "lower/format.h"
#include "kernels/varint.h"
#include "pb/check.h"
#include "pb/describe.h"
#include "pb/named_formats.h"
#include "pb/normal_form.h"
#include "pb/reader.h"
#include "pb/skipper.h"
#include "pb/writer.h"

#include <wirejit/pb.h>

namespace wirejit::pb {

namespace {

class WireFormat final : public lower::FormatOf<WireFormat> {
 public:
  constexpr explicit WireFormat(const WireOptions& options = {}) : options_(options) {}

  [[nodiscard]] std::string_view name() const noexcept override { return "protobuf"; }
  [[nodiscard]] bool is_text() const noexcept override { return false; }
  [[nodiscard]] const WireOptions& options() const noexcept { return options_; }
  [[nodiscard]] std::unique_ptr<lower::Reader> make_reader(
      const lower::CompileOptions&) const override {
    return wire_reader();
  }
  [[nodiscard]] std::unique_ptr<lower::Writer> make_writer(
      const lower::CompileOptions&) const override {
    return wire_writer(options_.deterministic);
  }
  [[nodiscard]] Result<void> check(const StructType& type) const override {
    return check_struct(type);
  }
  [[nodiscard]] lower::Description describe(const lower::ReadFailure& failure) const override {
    return pb::describe(failure);
  }
  [[nodiscard]] std::unique_ptr<lower::SkipMachine> make_skipper(
      Kind root, const Limits& limits) const override {
    return root == Kind::structure ? delimited_skipper(limits) : nullptr;
  }
  [[nodiscard]] std::optional<lower::LengthInFront> length_in_front(
      Bytes bytes) const noexcept override {
    const std::uint8_t* const end = bytes.data() + bytes.size();
    const kernels::Varint length = kernels::read_varint(bytes.data(), end);
    if (length.at == nullptr) {
      const bool is_cut = kernels::varint_is_cut(bytes.data(), end);
      return lower::LengthInFront{.error = is_cut ? Errc::truncated : Errc::invalid_varint};
    }
    return lower::LengthInFront{.bytes = static_cast<std::size_t>(length.at - bytes.data()),
                                .size = length.value};
  }
  [[nodiscard]] bool has_duplicate_field(jit::Context& ctx, const Type& type,
                                         Bytes input) const noexcept override {
    return type.kind == Kind::structure &&
           pb::has_duplicate_field(*type.structure, input, ctx.depth_left);
  }
  [[nodiscard]] bool has_normal_form() const noexcept override { return true; }
  [[nodiscard]] Result<void> normal_form(const Type& type, Bytes input,
                                         const lower::CompileOptions& options, const Limits& limits,
                                         Buffer& out) const override {
    return pb::normal_form(*type.structure, input,
                           {.check_utf8 = options.validate_utf8,
                            .reject_duplicate_keys = options.reject_duplicate_keys,
                            .reject_duplicate_fields = options.reject_duplicate_fields,
                            .reject_unknown_in_entries = options.unknown == Unknown::error},
                           limits, out);
  }

 private:
  WireOptions options_;
};

constinit const WireFormat wire_format;

}  // namespace

constinit const FormatWith<WireOptions> wire(&wire_format, [](const WireOptions& options) {
  return Format(std::make_shared<const WireFormat>(options));
});

lower::NamedFormats named_formats() {
  static const Format formats[] = {wire};
  return formats;
}

}  // namespace wirejit::pb
