// The Format values of JSON text.
#include <wirejit/json.h>

#include "json/describe.h"
#include "json/reader.h"
#include "json/writer.h"
#include "lower/format.h"

#include <memory>
#include <string>

namespace wirejit::json {

namespace {

class TextFormat final : public lower::FormatImpl {
 public:
  constexpr TextFormat() = default;
  constexpr explicit TextFormat(const TextOptions& options) : options_(Dialect(options)) {}

  [[nodiscard]] std::string_view name() const noexcept override { return "json"; }
  [[nodiscard]] bool is_text() const noexcept override { return true; }
  [[nodiscard]] std::string key() const override {
    const TextOptions& o = options_;
    std::string key = "json " + std::to_string(o.indent) + " ";
    for (const bool flag :
         {o.int64_as_string, o.enums_as_numbers, o.nan_as_string, o.base64_url, o.base64_padding,
          o.plain_names, o.refuse_unknown_keys, o.refuse_unknown_numbers}) {
      key += flag ? '1' : '0';
    }
    return key;
  }
  [[nodiscard]] Result<void> check(const StructType& type) const override {
    return check_keys(type, options_);
  }
  [[nodiscard]] std::unique_ptr<lower::Reader> make_reader(
      const lower::CompileOptions&) const override {
    return std::make_unique<TextReader>(options_);
  }
  [[nodiscard]] std::unique_ptr<lower::Writer> make_writer(
      const lower::CompileOptions& compile) const override {
    return std::make_unique<TextWriter>(options_, compile);
  }
  [[nodiscard]] lower::Description describe(const lower::ReadFailure& failure) const override {
    return json::describe(failure, options_);
  }

 private:
  Dialect options_;
};

constinit const TextFormat text_format;

}  // namespace

constinit const Format text(&text_format);

Format with(const TextOptions& options) {
  return Format(std::make_shared<const TextFormat>(options));
}

}  // namespace wirejit::json
