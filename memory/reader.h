// Memory as a Reader: C++ structs and records alike, by their layouts. r0 is the address of the
// current object. Entry: MemoryReader. Invariant: r0 is as before after every value; r1 is not
// used.
#pragma once

#include "lower/reader.h"
#include "lower/writer.h"

#include <wirejit/layout.h>

namespace wirejit::memory {

class MemoryReader final : public lower::Reader, private lower::RunReader {
 public:
  // Of equal keys in flat maps (and elements of flat sets) all are handed on, as a target may hold
  // them; or the caller looks at each; or the last alone is handed on.
  enum class EqualKeys : std::uint8_t { all, looked_at, last };
  explicit MemoryReader(const Layout& root, EqualKeys equal = EqualKeys::all)
      : root_(root), equal_(equal) {}

  [[nodiscard]] lower::Guarantees guarantees() const override {
    return {.unique_fields = true,
            .unique_keys = equal_ != EqualKeys::looked_at,
            .fields_in_order = true,
            .fields_have_values = true};
  }
  [[nodiscard]] bool reads_input() const override { return false; }
  [[nodiscard]] const lower::RunReader* runs() const override { return this; }

  [[nodiscard]] lower::Place root(const Type& type) const override;
  [[nodiscard]] lower::Place field(const StructType& type, const lower::StructScope& inner,
                                   int index) const override;
  [[nodiscard]] lower::Place element(const lower::Node& n) const override;
  [[nodiscard]] lower::Place key(const lower::Node& n) const override;
  [[nodiscard]] lower::Place value(const lower::Node& n) const override;

  void scalar(lower::Lowering& l, const lower::Node& n) const override;
  void bytes(lower::Lowering& l, const lower::Node& n) const override;
  lower::Scope open_struct(lower::Lowering& l, const lower::Node& n, bool called) const override;
  void fields(lower::Lowering& l, const StructType& type, const lower::StructScope& inner,
              lower::StructEvents& events) const override;
  void close_struct(lower::Lowering& l, const lower::Node& n,
                    const lower::Scope& scope) const override;
  lower::Scope open_list(lower::Lowering& l, const lower::Node& n,
                         lower::Count& count) const override;
  void elements(lower::Lowering& l, const lower::Node& n, const lower::Scope& scope,
                const lower::Count& count, const std::function<void()>& body) const override;
  void close_list(lower::Lowering& l, const lower::Node& n,
                  const lower::Scope& scope) const override;
  lower::Scope open_map(lower::Lowering& l, const lower::Node& n,
                        lower::Count& count) const override;
  void entries(lower::Lowering& l, const lower::Node& n, const lower::Scope& scope,
               const lower::Count& count, const std::function<void()>& key,
               const std::function<void()>& value) const override;
  void close_map(lower::Lowering& l, const lower::Node& n,
                 const lower::Scope& scope) const override;
  [[nodiscard]] bool has_initial_value(const StructType& type, const lower::StructScope& inner,
                                       int index) const override;

 private:
  [[nodiscard]] lower::Run run(const lower::Node& n) const override;
  void take_run(lower::Lowering& l, const lower::Node& n, const lower::Scope& scope,
                const lower::Count& count) const override;

  const Layout& root_;
  EqualKeys equal_;
};

}  // namespace wirejit::memory
