// Thrift Binary as a Writer. Entry: BinaryWriter. Invariant: every byte is covered by a
// reservation.
#pragma once

#include "jit/format.h"

namespace wirejit::thrift {

class BinaryWriter final : public jit::Writer {
 public:
  [[nodiscard]] jit::Needs needs() const override { return {.unique_fields = true}; }

  void scalar(jit::Lowering& l, const jit::Node& n) const override;
  void bytes(jit::Lowering& l, const jit::Node& n, jit::BytesAt) const override;
  jit::Scope open_struct(jit::Lowering& l, const jit::Node& n, bool called) const override;
  [[nodiscard]] bool takes_unknown(const StructType& type, jit::Place inner,
                                   std::uint64_t tag) const override;
  void unknown(jit::Lowering& l, const StructType& type, jit::Place inner, std::uint64_t tag,
               const std::vector<bool>& written) const override;
  void end_fields(jit::Lowering& l, const StructType& type, jit::Place inner) const override;
  jit::Scope open_list(jit::Lowering& l, const jit::Node& n,
                       const jit::Count& count) const override;
  void close_list(jit::Lowering& l, const jit::Node& n, const jit::Scope& scope,
                  const jit::Count& count) const override;
  jit::Scope open_map(jit::Lowering& l, const jit::Node& n, const jit::Count& count) const override;
  void close_map(jit::Lowering& l, const jit::Node& n, const jit::Scope& scope,
                 const jit::Count& count) const override;
  [[nodiscard]] jit::Run run(const jit::Node& n) const override;
  void give_run(jit::Lowering& l, const jit::Node& n, const jit::Scope& scope,
                const jit::Count& count) const override;
  void put_run(jit::Lowering& l, const jit::Node& n, const jit::Scope& scope,
               const jit::Count& count) const override;
};

}  // namespace wirejit::thrift
