// The Format values of memory.
#include "memory/format.h"

#include "lower/format.h"
#include "memory/reader.h"
#include "memory/writer.h"

#include <utility>

namespace wirejit::memory {

namespace {

class MemoryFormat final : public lower::FormatOf<MemoryFormat> {
 public:
  MemoryFormat(const Layout& layout, const MemoryOptions& options,
               std::shared_ptr<const void> keeps)
      : layout_(layout), options_(options), keeps_(std::move(keeps)) {}

  [[nodiscard]] std::string_view name() const noexcept override { return "memory"; }
  [[nodiscard]] bool is_text() const noexcept override { return false; }
  [[nodiscard]] bool is_memory() const noexcept override { return true; }
  [[nodiscard]] const MemoryOptions& options() const noexcept { return options_; }
  [[nodiscard]] std::unique_ptr<lower::Reader> make_reader(
      const lower::CompileOptions& o) const override {
    return memory_reader(layout_, o.reject_duplicate_keys ? EqualKeys::looked_at
                                  : o.last_of_equal_keys  ? EqualKeys::last
                                                          : EqualKeys::all);
  }
  [[nodiscard]] std::unique_ptr<lower::Writer> make_writer(
      const lower::CompileOptions& o) const override {
    return memory_writer(layout_, o.alias_input, options_.unique_keys || o.last_of_equal_keys);
  }

 private:
  const Layout& layout_;
  MemoryOptions options_;
  std::shared_ptr<const void> keeps_;
};

}  // namespace

Format format(const Layout& layout, const MemoryOptions& options,
              std::shared_ptr<const void> keeps) {
  return Format(std::make_shared<const MemoryFormat>(layout, options, std::move(keeps)));
}

}  // namespace wirejit::memory
