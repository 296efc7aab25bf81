// Memory as a Reader: C++ structs and records alike, by their layouts. r0 is the address of the
// current object. Entry: MemoryReader. Invariant: r0 is as before after every value; r1 is not
// used.
#pragma once

#include "jit/format.h"

#include <wirejit/layout.h>

namespace wirejit::memory {

class MemoryReader final : public jit::Reader {
 public:
  // `flat`: the keys of flat maps and the elements of flat sets are to be looked at, they may be
  // there twice.
  explicit MemoryReader(const Layout& root, bool flat = false) : root_(root), flat_(flat) {}

  [[nodiscard]] jit::Guarantees guarantees() const override {
    return {.unique_fields = true, .unique_keys = !flat_, .bytes_at = jit::BytesAt::anywhere};
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
  [[nodiscard]] jit::Run run(const jit::Node& n) const override;
  void take_run(jit::Lowering& l, const jit::Node& n, const jit::Scope& scope,
                const jit::Count& count) const override;

 private:
  const Layout& root_;
  bool flat_;
};

}  // namespace wirejit::memory
