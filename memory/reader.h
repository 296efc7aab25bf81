// Memory as a Reader: C++ structs and records alike, by their layouts. r0 is the address of the
// current object. Entry: MemoryReader. Invariant: r0 is as before after every value; r1 is not
// used.
#pragma once

#include "jit/format.h"

#include <wirejit/layout.h>

namespace wirejit::memory {

class MemoryReader final : public jit::Reader {
 public:
  // Of equal keys in flat maps (and elements of flat sets) all are handed on, as a target may hold
  // them; or the caller looks at each; or the last alone is handed on.
  enum class EqualKeys : std::uint8_t { all, looked_at, last };
  explicit MemoryReader(const Layout& root, EqualKeys equal = EqualKeys::all)
      : root_(root), equal_(equal) {}
  // As the options and the writer say.
  static EqualKeys equal_keys(bool reject, const jit::Writer& writer) {
    return reject                       ? EqualKeys::looked_at
           : writer.needs().unique_keys ? EqualKeys::last
                                        : EqualKeys::all;
  }

  [[nodiscard]] jit::Guarantees guarantees() const override {
    return {.unique_fields = true,
            .unique_keys = equal_ != EqualKeys::looked_at,
            .bytes_at = jit::BytesAt::anywhere};
  }
  [[nodiscard]] bool reads_input() const override { return false; }

  [[nodiscard]] jit::Place root(const Type& type) const override;
  [[nodiscard]] jit::Place field(const StructType& type, jit::Place inner,
                                 int index) const override;
  [[nodiscard]] jit::Place element(const jit::Node& n) const override;
  [[nodiscard]] jit::Place key(const jit::Node& n) const override;
  [[nodiscard]] jit::Place value(const jit::Node& n) const override;

  void scalar(jit::Lowering& l, const jit::Node& n) const override;
  void bytes(jit::Lowering& l, const jit::Node& n) const override;
  jit::Scope open_struct(jit::Lowering& l, const jit::Node& n, bool called) const override;
  void fields(jit::Lowering& l, const StructType& type, jit::Place inner,
              jit::StructEvents& events) const override;
  void close_struct(jit::Lowering& l, const jit::Node& n, const jit::Scope& scope) const override;
  jit::Scope open_list(jit::Lowering& l, const jit::Node& n, jit::Count& count) const override;
  void elements(jit::Lowering& l, const jit::Node& n, const jit::Scope& scope,
                const jit::Count& count, const std::function<void()>& body) const override;
  void close_list(jit::Lowering& l, const jit::Node& n, const jit::Scope& scope) const override;
  jit::Scope open_map(jit::Lowering& l, const jit::Node& n, jit::Count& count) const override;
  void entries(jit::Lowering& l, const jit::Node& n, const jit::Scope& scope,
               const jit::Count& count, const std::function<void()>& key,
               const std::function<void()>& value) const override;
  void close_map(jit::Lowering& l, const jit::Node& n, const jit::Scope& scope) const override;
  [[nodiscard]] bool has_initial_value(const StructType& type, jit::Place inner,
                                       int index) const override;
  [[nodiscard]] jit::Run run(const jit::Node& n) const override;
  void take_run(jit::Lowering& l, const jit::Node& n, const jit::Scope& scope,
                const jit::Count& count) const override;

 private:
  const Layout& root_;
  EqualKeys equal_;
};

}  // namespace wirejit::memory
