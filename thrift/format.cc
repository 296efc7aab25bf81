// The Format values of Thrift.
#include "lower/format.h"
#include "thrift/compact_describe.h"
#include "thrift/compact_reader.h"
#include "thrift/compact_writer.h"
#include "thrift/describe.h"
#include "thrift/named_formats.h"
#include "thrift/reader.h"
#include "thrift/wire.h"
#include "thrift/writer.h"

#include <wirejit/thrift.h>

namespace wirejit::thrift {

namespace {

class BinaryFormat final : public lower::FormatOf<BinaryFormat> {
 public:
  [[nodiscard]] std::string_view name() const noexcept override { return "thrift-binary"; }
  [[nodiscard]] bool is_text() const noexcept override { return false; }
  [[nodiscard]] static lower::NoOptions options() noexcept { return {}; }
  [[nodiscard]] Result<void> check(const StructType& type) const override {
    return check_struct(type);
  }
  [[nodiscard]] std::unique_ptr<lower::Reader> make_reader(
      const lower::CompileOptions&) const override {
    return binary_reader();
  }
  [[nodiscard]] std::unique_ptr<lower::Writer> make_writer(
      const lower::CompileOptions&) const override {
    return binary_writer();
  }
  [[nodiscard]] lower::Description describe(const lower::ReadFailure& failure) const override {
    return thrift::describe(failure);
  }
};

constinit const BinaryFormat binary_format;

class CompactFormat final : public lower::FormatOf<CompactFormat> {
 public:
  [[nodiscard]] std::string_view name() const noexcept override { return "thrift-compact"; }
  [[nodiscard]] bool is_text() const noexcept override { return false; }
  [[nodiscard]] static lower::NoOptions options() noexcept { return {}; }
  [[nodiscard]] Result<void> check(const StructType& type) const override {
    return check_struct(type);
  }
  [[nodiscard]] std::unique_ptr<lower::Reader> make_reader(
      const lower::CompileOptions&) const override {
    return compact_reader();
  }
  [[nodiscard]] std::unique_ptr<lower::Writer> make_writer(
      const lower::CompileOptions&) const override {
    return compact_writer();
  }
  [[nodiscard]] lower::Description describe(const lower::ReadFailure& failure) const override {
    return compact_describe(failure);
  }
};

constinit const CompactFormat compact_format;

}  // namespace

constinit const Format binary(&binary_format);
constinit const Format compact(&compact_format);

lower::NamedFormats named_formats() {
  static const Format formats[] = {binary, compact};
  return formats;
}

}  // namespace wirejit::thrift
