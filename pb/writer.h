// The wire as a Writer. Entry: WireWriter. Invariant: every byte is covered by a reservation; what
// it writes is canonical: numbers and lengths are as short as can be.
#pragma once

#include "jit/format.h"

namespace wirejit::pb {

class WireWriter final : public jit::Writer {
 public:
  explicit WireWriter(bool deterministic) : deterministic_(deterministic) {}

  [[nodiscard]] jit::Needs needs() const override { return {.unique_fields = true}; }

  void begin(jit::Lowering& l, const jit::Node& n) const override;
  void scalar(jit::Lowering& l, const jit::Node& n) const override;
  void bytes(jit::Lowering& l, const jit::Node& n, jit::BytesAt at) const override;
  jit::Scope open_struct(jit::Lowering& l, const jit::Node& n, bool called) const override;
  void close_struct(jit::Lowering& l, const jit::Node& n, const jit::Scope& scope) const override;
  [[nodiscard]] bool takes_unknown(const StructType& type, jit::Place inner,
                                   std::uint64_t tag) const override;
  void unknown(jit::Lowering& l, const StructType& type, jit::Place inner, std::uint64_t tag,
               const std::vector<bool>& written) const override;
  jit::Scope open_list(jit::Lowering& l, const jit::Node& n,
                       const jit::Count& count) const override;
  void close_list(jit::Lowering& l, const jit::Node& n, const jit::Scope& scope,
                  const jit::Count& count) const override;
  jit::Scope open_map(jit::Lowering& l, const jit::Node& n, const jit::Count& count) const override;
  void begin_key(jit::Lowering& l, const jit::Node& n, const jit::Scope& scope,
                 const jit::Count& count) const override;
  void end_entry(jit::Lowering& l, const jit::Node& n, const jit::Scope& scope,
                 const jit::Count& count) const override;
  void close_map(jit::Lowering& l, const jit::Node& n, const jit::Scope& scope,
                 const jit::Count& count) const override;
  [[nodiscard]] jit::Run run(const jit::Node& n) const override;
  void give_run(jit::Lowering& l, const jit::Node& n, const jit::Scope& scope,
                const jit::Count& count) const override;
  void put_run(jit::Lowering& l, const jit::Node& n, const jit::Scope& scope,
               const jit::Count& count) const override;

 private:
  bool deterministic_;
};

}  // namespace wirejit::pb
