// The formats of Thrift's JSON protocols. Which schemas Thrift can hold is not known in this folder;
// the caller that makes a format says it.
// Entry: ThriftFormat, SimpleFormat. Invariant: immutable, like all formats.
#pragma once

#include "json/skipper.h"
#include "lower/format.h"

#include <memory>
#include <string_view>

namespace wirejit::json {

// Whether Thrift has the ids and types of a struct's fields; else Errc::unsupported.
using ThriftCheck = Result<void> (*)(const StructType&);

// What both protocols have in common.
template <class F>
class ThriftTextFormat : public lower::FormatOf<F> {
 public:
  constexpr explicit ThriftTextFormat(ThriftCheck can_hold) : can_hold_(can_hold) {}

  [[nodiscard]] bool is_text() const noexcept final { return true; }
  [[nodiscard]] static lower::NoOptions options() noexcept { return {}; }
  [[nodiscard]] std::unique_ptr<lower::SkipMachine> make_skipper(Kind,
                                                                 const Limits& limits) const final {
    return value_skipper(limits);
  }

 protected:
  ThriftCheck can_hold_;
};

// TJSONProtocol.
class ThriftFormat final : public ThriftTextFormat<ThriftFormat> {
 public:
  using ThriftTextFormat::ThriftTextFormat;

  [[nodiscard]] std::string_view name() const noexcept override { return "thrift-json"; }
  [[nodiscard]] Result<void> check(const StructType& type) const override;
  [[nodiscard]] std::unique_ptr<lower::Reader> make_reader(
      const lower::CompileOptions& compile) const override;
  [[nodiscard]] std::unique_ptr<lower::Writer> make_writer(
      const lower::CompileOptions& compile) const override;
  [[nodiscard]] lower::Description describe(const lower::ReadFailure& failure) const override;
};

// SimpleJSON, as fbthrift has it: plain JSON with keys that are Field::name, enums as numbers, and
// Base64 without padding.
class SimpleFormat final : public ThriftTextFormat<SimpleFormat> {
 public:
  using ThriftTextFormat::ThriftTextFormat;

  [[nodiscard]] std::string_view name() const noexcept override { return "thrift-simple-json"; }
  [[nodiscard]] Result<void> check(const StructType& type) const override;
  [[nodiscard]] std::unique_ptr<lower::Reader> make_reader(
      const lower::CompileOptions& compile) const override;
  [[nodiscard]] std::unique_ptr<lower::Writer> make_writer(
      const lower::CompileOptions& compile) const override;
  [[nodiscard]] lower::Description describe(const lower::ReadFailure& failure) const override;
};

}  // namespace wirejit::json
