// The Format values of JSON text.
#include "json/describe.h"
#include "json/named_formats.h"
#include "json/reader.h"
#include "json/skipper.h"
#include "json/writer.h"
#include "lower/format.h"

#include <wirejit/json.h>

#include <memory>

namespace wirejit::json {

namespace {

class TextFormat final : public lower::FormatOf<TextFormat> {
 public:
  constexpr TextFormat() = default;
  constexpr explicit TextFormat(const TextOptions& options) : options_(options) {}

  [[nodiscard]] std::string_view name() const noexcept override { return "json"; }
  [[nodiscard]] bool is_text() const noexcept override { return true; }
  [[nodiscard]] const TextOptions& options() const noexcept { return options_; }
  [[nodiscard]] Result<void> check(const StructType& type) const override {
    return check_keys(type, Dialect(options_));
  }
  [[nodiscard]] std::unique_ptr<lower::Reader> make_reader(
      const lower::CompileOptions& compile) const override {
    Dialect dialect(options_);
    dialect.unknown = compile.unknown;
    dialect.null_is_missing = compile.missing_required != MissingRequired::error;
    return std::make_unique<TextReader>(dialect);
  }
  [[nodiscard]] std::unique_ptr<lower::Writer> make_writer(
      const lower::CompileOptions& compile) const override {
    return std::make_unique<TextWriter>(Dialect(options_), compile);
  }
  [[nodiscard]] lower::Description describe(const lower::ReadFailure& failure) const override {
    return json::describe(failure, Dialect(options_));
  }
  [[nodiscard]] std::unique_ptr<lower::SkipMachine> make_skipper(
      Kind, const Limits& limits) const override {
    return value_skipper(limits);
  }

 private:
  TextOptions options_;
};

constinit const TextFormat text_format;

}  // namespace

constinit const FormatWith<TextOptions> text(&text_format, [](const TextOptions& options) {
  return Format(std::make_shared<const TextFormat>(options));
});

lower::NamedFormats named_formats() {
  static const Format formats[] = {text};  // engine/ makes the format of ProtoJSON
  return formats;
}

}  // namespace wirejit::json
