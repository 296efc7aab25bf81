// The Format values of memory.
#include "memory/format.h"

#include "lower/format.h"
#include "memory/reader.h"
#include "memory/writer.h"

#include <unordered_set>
#include <utility>
#include <vector>

namespace wirejit::memory {

namespace {

// Calls `f` for each struct that values of the layout hold in themselves or in containers.
template <class F>
void for_each_struct(const Layout& layout, F&& f) {
  if (layout.form == Form::structure) {
    f(*layout.structure());
  }
  for (const Layout* part : {layout.key, layout.element}) {
    if (part != nullptr) {
      for_each_struct(*part, f);
    }
  }
  for (std::uint32_t i = 0; layout.form == Form::variant && i < layout.count; ++i) {
    for_each_struct(*layout.alternatives[i], f);
  }
}

// Whether any struct that is reachable has room for unknown fields, or there is none that could have
// any.
bool holds_unknown(const Layout& layout) {
  std::vector<const StructLayout*> all;
  std::unordered_set<const StructLayout*> seen;
  const auto add = [&](const StructLayout& s) {
    if (seen.insert(&s).second) {
      all.push_back(&s);
    }
  };
  for_each_struct(layout, add);
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (all[i]->unknown_offset >= 0 || all[i]->unknown_member >= 0) {
      return true;
    }
    for (const Member& m : all[i]->members) {
      if (m.layout != nullptr) {
        for_each_struct(*m.layout, add);
      }
    }
  }
  return all.empty();
}

class MemoryFormat final : public lower::FormatOf<MemoryFormat> {
 public:
  MemoryFormat(const Layout& layout, const MemoryOptions& options,
               std::shared_ptr<const void> keeps)
      : layout_(layout), options_(options), keeps_(std::move(keeps)) {}

  [[nodiscard]] std::string_view name() const noexcept override { return "memory"; }
  [[nodiscard]] bool is_text() const noexcept override { return false; }
  [[nodiscard]] bool is_memory() const noexcept override { return true; }
  [[nodiscard]] bool holds_unknown() const override { return memory::holds_unknown(layout_); }
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
