// Thrift Binary as a Writer. Entry: BinaryWriter. Invariant: every byte is covered by a
// reservation.
#pragma once

#include "lower/writer.h"

namespace wirejit::thrift {

class BinaryWriter final : public lower::Writer,
                           private lower::RunWriter,
                           private lower::UnknownWriter {
 public:
  [[nodiscard]] lower::Needs needs() const override { return {.unique_fields = true}; }
  [[nodiscard]] const lower::RunWriter* runs() const override { return this; }
  [[nodiscard]] const lower::UnknownWriter* unknown_fields() const override { return this; }

  void scalar(lower::Lowering& l, const lower::Node& n) const override;
  void bytes(lower::Lowering& l, const lower::Node& n, lower::BytesAt) const override;
  lower::Scope open_struct(lower::Lowering& l, const lower::Node& n, bool called) const override;
  void end_fields(lower::Lowering& l, const StructType& type,
                  const lower::StructScope& inner) const override;
  lower::Scope open_list(lower::Lowering& l, const lower::Node& n,
                         const lower::Count& count) const override;
  void close_list(lower::Lowering& l, const lower::Node& n, const lower::Scope& scope,
                  const lower::Count& count) const override;
  lower::Scope open_map(lower::Lowering& l, const lower::Node& n,
                        const lower::Count& count) const override;
  void close_map(lower::Lowering& l, const lower::Node& n, const lower::Scope& scope,
                 const lower::Count& count) const override;

 private:
  [[nodiscard]] bool takes_unknown(const StructType& type, const lower::StructScope& inner,
                                   std::uint64_t tag) const override;
  void unknown(lower::Lowering& l, const StructType& type, const lower::StructScope& inner,
               std::uint64_t tag, const std::vector<bool>& written) const override;
  [[nodiscard]] lower::Run run(const lower::Node& n) const override;
  void give_run(lower::Lowering& l, const lower::Node& n, const lower::Scope& scope,
                const lower::Count& count) const override;
  void put_run(lower::Lowering& l, const lower::Node& n, const lower::Scope& scope,
               const lower::Count& count) const override;
};

}  // namespace wirejit::thrift
