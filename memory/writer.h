// Memory as a Writer: C++ structs and records alike, by their layouts. w0 is the address of the
// current object. Entry: MemoryWriter. Invariant: w0 is as before after every value; w1 is not
// used; an object is valid at every point where a Program may fail.
#pragma once

#include "lower/writer.h"

#include <wirejit/layout.h>

namespace wirejit::memory {

class MemoryWriter final : public lower::Writer,
                           private lower::RunWriter,
                           private lower::ListWriter,
                           private lower::PresenceWriter,
                           private lower::UnknownWriter {
 public:
  // `aliases`: views may point into the input. `unique_keys`: flat maps keep the last of equal
  // keys; else they keep all entries, and look-ups find the last.
  MemoryWriter(const Layout& root, bool aliases, bool unique_keys = false)
      : root_(root), aliases_(aliases), unique_keys_(unique_keys) {}

  // Objects with an image start as a copy of it; others must be told what did not come.
  [[nodiscard]] lower::Needs needs() const override { return {.absent_fields = true}; }
  [[nodiscard]] const lower::RunWriter* runs() const override { return this; }
  [[nodiscard]] const lower::ListWriter* lists() const override { return this; }
  [[nodiscard]] const lower::PresenceWriter* presence_words() const override { return this; }
  [[nodiscard]] const lower::UnknownWriter* unknown_fields() const override { return this; }

  [[nodiscard]] lower::Place root(const Type& type) const override;
  [[nodiscard]] lower::Place field(const StructType& type, const lower::StructScope& inner,
                                   int index) const override;
  [[nodiscard]] lower::Place element(const lower::Node& n) const override;
  [[nodiscard]] lower::Place key(const lower::Node& n) const override;
  [[nodiscard]] lower::Place value(const lower::Node& n) const override;

  void scalar(lower::Lowering& l, const lower::Node& n) const override;
  void bytes(lower::Lowering& l, const lower::Node& n, lower::BytesAt at) const override;
  lower::Scope open_struct(lower::Lowering& l, const lower::Node& n, bool called) const override;
  void begin_fields(lower::Lowering& l, const StructType& type,
                    lower::StructScope& inner) const override;
  void close_struct(lower::Lowering& l, const lower::Node& n,
                    const lower::Scope& scope) const override;
  [[nodiscard]] bool has_field(const StructType& type, const lower::StructScope& inner,
                               int index) const override;
  [[nodiscard]] bool needs_absent(const StructType& type, const lower::StructScope& inner,
                                  int index) const override;
  void absent(lower::Lowering& l, const lower::Node& n,
              const lower::AbsentIsZero& is_zero) const override;
  void take_back(lower::Lowering& l, const StructType& type, const lower::StructScope& inner,
                 jit::Slot index) const override;
  [[nodiscard]] bool wants_default(const StructType& type, const lower::StructScope& inner,
                                   int index) const override;

  lower::Scope open_list(lower::Lowering& l, const lower::Node& n,
                         const lower::Count& count) const override;
  void begin_element(lower::Lowering& l, const lower::Node& n, const lower::Scope& scope,
                     const lower::Count& count) const override;
  void end_element(lower::Lowering& l, const lower::Node& n, const lower::Scope& scope,
                   const lower::Count& count) const override;
  void close_list(lower::Lowering& l, const lower::Node& n, const lower::Scope& scope,
                  const lower::Count& count) const override;
  lower::Scope open_map(lower::Lowering& l, const lower::Node& n,
                        const lower::Count& count) const override;
  void begin_key(lower::Lowering& l, const lower::Node& n, const lower::Scope& scope,
                 const lower::Count& count) const override;
  void begin_value(lower::Lowering& l, const lower::Node& n,
                   const lower::Scope& scope) const override;
  void end_entry(lower::Lowering& l, const lower::Node& n, const lower::Scope& scope,
                 const lower::Count& count) const override;
  void close_map(lower::Lowering& l, const lower::Node& n, const lower::Scope& scope,
                 const lower::Count& count) const override;

 private:
  [[nodiscard]] bool takes_unknown(const StructType& type, const lower::StructScope& inner,
                                   std::uint64_t tag) const override;
  void unknown(lower::Lowering& l, const StructType& type, const lower::StructScope& inner,
               std::uint64_t tag, const std::vector<bool>& written) const override;
  [[nodiscard]] bool has_presence_words(const StructType& type,
                                        const lower::StructScope& inner) const override;
  void presence(lower::Lowering& l, const StructType& type, const lower::StructScope& inner,
                const jit::Slot* seen) const override;
  [[nodiscard]] const jit::Helper* bulk_helper(const lower::Node& n,
                                               const lower::BulkList& list) const override;
  void bulk_place(lower::Lowering& l, const lower::Node& n) const override;
  [[nodiscard]] lower::Run run(const lower::Node& n) const override;
  void give_run(lower::Lowering& l, const lower::Node& n, const lower::Scope& scope,
                const lower::Count& count) const override;

  const Layout& root_;
  bool aliases_;
  bool unique_keys_;
};

}  // namespace wirejit::memory
