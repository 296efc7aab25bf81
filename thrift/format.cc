// The Format values of Thrift.
#include "lower/format.h"
#include "thrift/compact_describe.h"
#include "thrift/compact_reader.h"
#include "thrift/compact_writer.h"
#include "thrift/describe.h"
#include "thrift/named_formats.h"
#include "thrift/reader.h"
#include "thrift/skipper.h"
#include "thrift/wire.h"
#include "thrift/writer.h"

#include <wirejit/thrift.h>

namespace wirejit::thrift {

namespace {

// A protocol of Thrift. All hold the same schemas.
struct Protocol {
  std::string_view name;
  std::unique_ptr<lower::Reader> (*reader)();
  std::unique_ptr<lower::Writer> (*writer)();
  lower::Description (*describe)(const lower::ReadFailure&);
  std::unique_ptr<lower::SkipMachine> (*skipper)(Kind root, const Limits& limits);
};
constexpr Protocol binary_protocol{"thrift-binary", binary_reader, binary_writer, describe,
                                   binary_skipper};
constexpr Protocol compact_protocol{"thrift-compact", compact_reader, compact_writer,
                                    compact_describe, compact_skipper};

template <const Protocol& P>
class ThriftFormat final : public lower::FormatOf<ThriftFormat<P>> {
 public:
  [[nodiscard]] std::string_view name() const noexcept override { return P.name; }
  [[nodiscard]] bool is_text() const noexcept override { return false; }
  [[nodiscard]] static lower::NoOptions options() noexcept { return {}; }
  [[nodiscard]] bool may_link_bytes() const noexcept override { return !is_text(); }
  [[nodiscard]] Result<void> check(const StructType& type) const override {
    return check_struct(type);
  }
  [[nodiscard]] std::unique_ptr<lower::Reader> make_reader(
      const lower::CompileOptions&) const override {
    return P.reader();
  }
  [[nodiscard]] std::unique_ptr<lower::Writer> make_writer(
      const lower::CompileOptions&) const override {
    return P.writer();
  }
  [[nodiscard]] lower::Description describe(const lower::ReadFailure& failure) const override {
    return P.describe(failure);
  }
  [[nodiscard]] std::unique_ptr<lower::SkipMachine> make_skipper(
      Kind root, const Limits& limits) const override {
    return P.skipper(root, limits);
  }
};

constinit const ThriftFormat<binary_protocol> binary_format;
constinit const ThriftFormat<compact_protocol> compact_format;

}  // namespace

constinit const Format binary(&binary_format);
constinit const Format compact(&compact_format);

lower::NamedFormats named_formats() {
  static const Format formats[] = {binary, compact};
  return formats;
}

}  // namespace wirejit::thrift
