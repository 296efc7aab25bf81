// The format of ProtoJSON. The bytes in an Any are in another format, which this folder does not
// know; the caller that makes a ProtoFormat names it.
// Entry: ProtoFormat. Invariant: immutable, like all formats.
#pragma once

#include "lower/format.h"

#include <wirejit/json.h>

#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>

namespace wirejit::json {

class ProtoFormat final : public lower::FormatImpl {
 public:
  // `payload`: the format of the bytes in an Any; it outlives this one.
  constexpr explicit ProtoFormat(const Format& payload, const ProtoOptions& options = {},
                                 bool is_payload = false)
      : options_(options), payload_(payload), is_payload_(is_payload) {}

  [[nodiscard]] std::string_view name() const noexcept override { return "protojson"; }
  [[nodiscard]] bool is_text() const noexcept override { return true; }
  [[nodiscard]] Unknown default_unknown() const noexcept override { return Unknown::error; }
  [[nodiscard]] bool equals(const lower::FormatImpl& other) const noexcept override;
  [[nodiscard]] std::size_t hash() const noexcept override;
  [[nodiscard]] Result<void> check(const StructType& type) const override;
  [[nodiscard]] std::unique_ptr<lower::Reader> make_reader(
      const lower::CompileOptions& compile) const override;
  [[nodiscard]] std::unique_ptr<lower::Writer> make_writer(
      const lower::CompileOptions& compile) const override;
  [[nodiscard]] bool has_duplicate_field(jit::Context& ctx, const Type& type,
                                         Bytes input) const noexcept override;
  [[nodiscard]] lower::Description describe(const lower::ReadFailure& failure) const override;
  [[nodiscard]] std::unique_ptr<lower::SkipMachine> make_skipper(
      Kind root, const Limits& limits) const override;

 private:
  // The formats between which the content of an Any is converted. The payload's format cannot hold
  // unknown members of this one; if unknown fields are to be kept, the reader of the content
  // rejects them.
  [[nodiscard]] lower::FormatPair payload_formats(bool reads) const;

  ProtoOptions options_;
  const Format& payload_;
  bool is_payload_;
};

}  // namespace wirejit::json
