// Memory as a Writer: C++ structs and records alike, by their layouts. w0 is the address of the
// current object. Entry: MemoryWriter. Invariant: w0 is as before after every value; w1 is not
// used; an object is valid at every point where a Program may fail.
#pragma once

#include "jit/format.h"

#include <wirejit/layout.h>

namespace wirejit::memory {

class MemoryWriter final : public jit::Writer {
 public:
  // `aliases`: views may point into the input. `unique_keys`: flat maps keep the last of equal
  // keys; else they keep all entries, and look-ups find the last.
  MemoryWriter(const Layout& root, bool aliases, bool unique_keys = false)
      : root_(root), aliases_(aliases), unique_keys_(unique_keys) {}

  // Objects with an image start as a copy of it; others must be told what did not come.
  [[nodiscard]] jit::Needs needs() const override { return {.absent_fields = true}; }

  [[nodiscard]] jit::Place root(const Type& type) const override;
  [[nodiscard]] jit::Place field(const StructType& type, jit::Place inner,
                                 int index) const override;
  [[nodiscard]] jit::Place element(const jit::Node& n) const override;
  [[nodiscard]] jit::Place key(const jit::Node& n) const override;
  [[nodiscard]] jit::Place value(const jit::Node& n) const override;

  void scalar(jit::Lowering& l, const jit::Node& n) const override;
  void bytes(jit::Lowering& l, const jit::Node& n, jit::BytesAt at) const override;
  jit::Scope open_struct(jit::Lowering& l, const jit::Node& n, bool called) const override;
  void begin_fields(jit::Lowering& l, const StructType& type, jit::Place inner) const override;
  void close_struct(jit::Lowering& l, const jit::Node& n, const jit::Scope& scope) const override;
  [[nodiscard]] bool takes_unknown(const StructType& type, jit::Place inner,
                                   std::uint64_t tag) const override;
  void unknown(jit::Lowering& l, const StructType& type, jit::Place inner, std::uint64_t tag,
               const std::vector<bool>& written) const override;
  [[nodiscard]] bool takes_presence(const StructType& type, jit::Place inner) const override;
  void presence(jit::Lowering& l, const StructType& type, jit::Place inner,
                const jit::Slot* seen) const override;
  [[nodiscard]] bool has_field(const StructType& type, jit::Place inner, int index) const override;
  [[nodiscard]] bool needs_absent(const StructType& type, jit::Place inner,
                                  int index) const override;
  void absent(jit::Lowering& l, const StructType& type, jit::Place inner, int index,
              const jit::AbsentIsZero& is_zero) const override;
  void take_back(jit::Lowering& l, const StructType& type, jit::Place inner,
                 jit::Slot index) const override;
  [[nodiscard]] bool wants_default(const StructType& type, jit::Place inner,
                                   int index) const override;

  jit::Scope open_list(jit::Lowering& l, const jit::Node& n,
                       const jit::Count& count) const override;
  void begin_element(jit::Lowering& l, const jit::Node& n, const jit::Scope& scope,
                     const jit::Count& count) const override;
  void end_element(jit::Lowering& l, const jit::Node& n, const jit::Scope& scope,
                   const jit::Count& count) const override;
  void close_list(jit::Lowering& l, const jit::Node& n, const jit::Scope& scope,
                  const jit::Count& count) const override;
  jit::Scope open_map(jit::Lowering& l, const jit::Node& n, const jit::Count& count) const override;
  void begin_key(jit::Lowering& l, const jit::Node& n, const jit::Scope& scope,
                 const jit::Count& count) const override;
  void begin_value(jit::Lowering& l, const jit::Node& n, const jit::Scope& scope) const override;
  void end_entry(jit::Lowering& l, const jit::Node& n, const jit::Scope& scope,
                 const jit::Count& count) const override;
  void close_map(jit::Lowering& l, const jit::Node& n, const jit::Scope& scope,
                 const jit::Count& count) const override;
  [[nodiscard]] const jit::Helper* whole_taker(const jit::Node& n,
                                               const jit::Whole& list) const override;
  void whole_place(jit::Lowering& l, const jit::Node& n) const override;
  [[nodiscard]] jit::Run run(const jit::Node& n) const override;
  void give_run(jit::Lowering& l, const jit::Node& n, const jit::Scope& scope,
                const jit::Count& count) const override;

 private:
  const Layout& root_;
  bool aliases_;
  bool unique_keys_;
};

}  // namespace wirejit::memory
